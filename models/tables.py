"""Every table there is: importing this registers them all."""

from sqlmodel import SQLModel

from models import (
    audit,
    check_ins,
    coaching,
    connection,
    conversation,
    digests,
    ledger,
    messages,
    organization,
    recognition,
)

ROOMS = (audit, check_ins, coaching, connection, conversation, digests, ledger, messages, organization, recognition)
metadata = SQLModel.metadata
