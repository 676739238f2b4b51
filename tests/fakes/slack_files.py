"""files.*: where to upload, the bytes, done; and what a block may show of it."""

from typing import Any

from tests.fakes.slack_state import Json, Refusal, SlackState


class Files(SlackState):
    """Every file as its uploading stands: promised, uploaded, complete."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.files: dict[str, Json] = {}
        self.shared: list[tuple[str, str, bytes]] = []  # (channel, name, content) of files shown as messages
        self.slow_to_look_at = 0  # how many times a message with a new file is refused before Slack has looked at it

    def _files_get_upload_urlexternal(self, args: Json) -> Json:
        file = self.serial("F0PIC")
        self.files[file] = {**args, "state": "promised", "bytes": b""}
        return {"file_id": file, "upload_url": f"{getattr(self, 'url', '')}/upload/{file}"}

    def upload(self, file: str, raw: bytes) -> bool:
        """Whether Slack takes these bytes: as many as were promised."""
        if file not in self.files or self.files[file]["length"] != len(raw):
            self.problems.append(f"upload: {len(raw)} bytes for {file}")
            return False
        self.files[file] |= {"state": "uploaded", "bytes": raw}
        return True

    def _files_complete_upload_external(self, args: Json) -> Json:
        for file in args["files"]:
            if self.files.get(file.get("id"), {}).get("state") != "uploaded":
                raise Refusal("file_not_found")
            self.files[file["id"]]["state"] = "complete"
        if args.get("channel_id"):
            channel = self.place(args["channel_id"]).id
            files = [self.files[file["id"]] for file in args["files"]]
            self.shared += [(channel, file["filename"], file["bytes"]) for file in files]
        return {"files": [{"id": file["id"], "title": file.get("title")} for file in args["files"]]}

    def _check_pictures(self, blocks: list[Json]) -> None:
        for block in blocks:
            if block["type"] == "image" and "slack_file" in block:
                if self.files.get(block["slack_file"].get("id"), {}).get("state") != "complete":
                    raise Refusal("invalid_blocks")
                if self.slow_to_look_at:
                    self.slow_to_look_at -= 1
                    raise Refusal("invalid_blocks")
