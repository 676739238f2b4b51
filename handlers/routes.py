"""THE TABLE: everything the bot can do, one row each: what was meant, who may, how often, and who does it.

What each row changes is audited where it is changed, in services/, in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from handlers import (
    action_status,
    actions,
    amending,
    answering,
    asking,
    blockers,
    calendars,
    check_ins,
    coaching,
    consent,
    exceptions,
    exporting,
    history,
    home,
    linking,
    notes,
    onboarding,
    one_on_ones,
    overview,
    privacy,
    receipts,
    recognition,
    reflections,
    reminders,
    time_off,
    undoing,
    whynot,
    wizard,
    wizard_owners,
    wizard_settings,
)
from handlers import intents as i
from handlers import permit as who
from handlers.permit import Refusal
from handlers.turn import Turn
from services.limits import Rate

I = TypeVar("I")  # noqa: E741


@dataclass(frozen=True)
class Route(Generic[I]):
    intent: type[I]
    handler: Callable[[Turn, I], None]
    who: Callable[[Turn, I], Refusal | None]
    limit: Rate


NOT_IN_THIS_VERSION: tuple[type[Any], ...] = (
    i.Suggest, i.Gap, i.Why, i.Sign, i.Practice, i.Loop,
)  # fmt: skip

TABLE: tuple[Route[Any], ...] = (
    # the check-in
    Route(i.Report, check_ins.report, who.whose_response_it_is, Rate.TALK),
    Route(i.Answer, answering.answer, who.whose_response_it_is, Rate.WRITE),
    Route(i.SubmitForm, answering.submit_form, who.whose_response_it_is, Rate.WRITE),
    Route(i.SaveDraft, answering.save_draft, who.whose_response_it_is, Rate.WRITE),
    Route(i.Same, check_ins.same, who.whose_response_it_is, Rate.WRITE),
    Route(i.Behind, action_status.behind, who.who_moves_the_action, Rate.WRITE),
    Route(i.OnlyLead, receipts.only_lead, who.whose_response_it_is, Rate.WRITE),
    Route(i.Withdraw, receipts.withdraw, who.whose_response_it_is, Rate.WRITE),
    Route(i.Edit, check_ins.edit, who.whose_response_it_is, Rate.TALK),
    Route(i.Later, check_ins.later, who.whose_response_it_is, Rate.TALK),
    Route(i.Skip, check_ins.skip, who.whose_response_it_is, Rate.TALK),
    Route(i.Back, check_ins.back, who.everyone, Rate.TALK),
    # the ledger
    Route(i.UpdateAction, actions.move, who.who_moves_the_action, Rate.WRITE),
    Route(i.NewAction, actions.add, who.who_adds_actions, Rate.WRITE),
    Route(i.ShowAction, actions.show, who.who_sees_the_action, Rate.TALK),
    Route(i.Blockers, blockers.show_all, who.everyone, Rate.TALK),
    Route(i.MoveBlocker, blockers.move, who.who_moves_the_blocker, Rate.WRITE),
    # the lead
    Route(i.Exceptions, exceptions.show, who.who_leads, Rate.TALK),
    Route(i.AddBehind, exceptions.add_behind, who.who_leads, Rate.WRITE),
    Route(i.Nudge, exceptions.nudge, who.who_leads_the_round, Rate.WRITE),
    Route(i.Seen, exceptions.seen, who.who_leads_the_round, Rate.WRITE),
    # coaching and thanks
    Route(i.Coach, coaching.coach, who.who_coaches, Rate.WRITE),
    Route(i.Notes, notes.notes, who.everyone, Rate.TALK),
    Route(i.Meet, one_on_ones.meet, who.everyone, Rate.WRITE),
    Route(i.Agenda, one_on_ones.agenda, who.everyone, Rate.WRITE),
    Route(i.Thanks, recognition.thanks, who.everyone, Rate.HONOUR),
    Route(i.Reflect, reflections.reflect, who.everyone, Rate.WRITE),
    # looking
    Route(i.Board, overview.board, who.everyone, Rate.TALK),
    Route(i.ShowDigest, overview.digest, who.everyone, Rate.TALK),
    Route(i.Mine, overview.mine, who.everyone, Rate.TALK),
    Route(i.History, history.show, who.everyone, Rate.TALK),
    Route(i.Export, exporting.export_, who.who_leads, Rate.WRITE),
    Route(i.Help, overview.help_, who.everyone, Rate.TALK),
    Route(i.Privacy, privacy.privacy, who.everyone, Rate.TALK),
    Route(i.MyData, privacy.my_data, who.everyone, Rate.LINK),
    Route(i.ForgetMe, privacy.forget_me, who.everyone, Rate.TALK),
    Route(i.WhyNot, whynot.why_not, who.everyone, Rate.TALK),
    # oneself
    Route(i.Intensity, reminders.intensity, who.everyone, Rate.TALK),
    Route(i.Away, time_off.away, who.everyone, Rate.TALK),
    Route(i.Feed, calendars.calendar, who.everyone, Rate.CALENDAR),
    Route(i.AwayIn, time_off.away_in, who.who_narrows_the_absence, Rate.TALK),
    Route(i.NotOff, time_off.not_off, who.whose_absence_it_is, Rate.TALK),
    Route(i.Language, overview.language, who.everyone, Rate.TALK),
    Route(i.Quiet, time_off.quiet, who.everyone, Rate.TALK),
    Route(i.Undo, undoing.undo, who.everyone, Rate.TALK),
    Route(i.Contact, overview.contact, who.everyone, Rate.TALK),
    Route(i.Consent, consent.agree, who.everyone, Rate.TALK),
    Route(i.Arrive, consent.arrive, who.everyone, Rate.TALK),
    Route(i.OpenHome, home.open_home, who.everyone, Rate.TALK),
    # accounts and channels
    Route(i.Link, linking.link, who.everyone, Rate.TALK),
    Route(i.Invite, linking.invite, who.who_invites, Rate.WRITE),
    Route(i.Here, linking.here, who.everyone, Rate.TALK),
    Route(i.Setup, onboarding.setup, who.who_sets_up, Rate.TALK),
    Route(i.SetUp, wizard.set_up_, who.who_founds, Rate.TALK),
    Route(i.ChangeSetting, wizard_settings.change, who.who_changes_settings, Rate.TALK),
    Route(i.SetOwners, wizard_owners.set_owners, who.who_owns, Rate.TALK),
    # conversation
    Route(i.Said, asking.said, who.everyone, Rate.TALK),
    Route(i.Unclear, asking.unclear, who.everyone, Rate.TALK),
    Route(i.Choose, asking.choose, who.everyone, Rate.TALK),
    Route(i.Amend, amending.amend, who.everyone, Rate.CHANGE),
    Route(i.Forged, asking.forged, who.everyone, Rate.TALK),
    # understood, and answered honestly: not in this version
    *(Route(later, overview.not_in_this_version, who.everyone, Rate.TALK) for later in NOT_IN_THIS_VERSION),
)

ROUTES: dict[type[Any], Route[Any]] = {route.intent: route for route in TABLE}
