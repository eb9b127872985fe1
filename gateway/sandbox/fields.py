"""The names that each dialect's server knows, in bodies and in queries, with their kinds.

Promises: data. A name in a table is one that the sandbox acts upon, keeps, or may ignore without harm; a filter that
the real server has and the sandbox lacks is left out on purpose, so that its use shows in `Sandbox.unknown_fields`.
Source: the documented tables; the OpenAPI description of the observed server, plus `userlookup` and `who`, which its
own user interface sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.sandbox.model import DialectName

Kind = Literal["int", "float", "str", "bool", "date", "any"]
Names = Mapping[str, Kind]


def _names(
    *, ints: str = "", floats: str = "", strs: str = "", bools: str = "", dates: str = "", anys: str = ""
) -> Names:
    kinds: list[tuple[Kind, str]] = [
        ("int", ints),
        ("float", floats),
        ("str", strs),
        ("bool", bools),
        ("date", dates),
        ("any", anys),
    ]
    return {name: kind for kind, names in kinds for name in names.split()}


_PAGES = "page_no page_size count"

DOCUMENTED: Mapping[str, Names] = {
    "POST /Tickets": _names(
        ints="id client_id site_id user_id status_id priority_id tickettype_id agent_id team_id sla_id contract_id "
        "opportunityid",
        strs="summary details category_1 category_2 category_3 category_4 reportedby resolution",
        bools="slahold",
        dates="dateoccurred deadlinedate",
    ),
    "GET /Tickets": _names(
        ints="client_id status_id page_no page_size",
        strs="search order",
        bools="open_only orderdesc",
        dates="dateoccurred_start dateoccurred_end",
    ),
    "GET /Tickets/{id}": _names(bools="includedetails includeactions"),
    "POST /Actions": _names(
        ints="ticket_id actiontype_id agent_id",
        floats="timetaken",
        strs="note outcome emailto",
        bools="hiddenfromuser charge",
    ),
    "GET /Actions": _names(ints="ticket_id"),
    "POST /Attachment": _names(ints="ticket_id", strs="filename", bools="isimage", anys="file"),
    "GET /Attachment": _names(ints="ticket_id"),
    "GET /Users": _names(ints=f"client_id {_PAGES}", strs="search", bools="includeinactive"),
    "GET /Client": _names(ints=_PAGES, strs="search", bools="includeinactive"),
    "GET /Status": {},
    "GET /Priority": {},
    "GET /TicketType": {},
    "GET /Agent": {},
    "GET /Team": {},
    "GET /Category": {},
    "GET /Site": _names(ints=_PAGES),
}

_MATCHING = "_match_thirdparty_id _match_integration_name _importtype"

OBSERVED: Mapping[str, Names] = {
    "POST /Tickets": _names(
        ints="id status_id tickettype_id sla_id priority_id client_id site_id user_id agent_id categoryid_1 "
        "categoryid_2 categoryid_3 categoryid_4 parent_id organisation_id department_id impact urgency source "
        "mailboxid third_party_id emailpriority contract_id merged_into_id template_id currency product_id supplier_id "
        "matched_rule_id _match_integration_id _importtypeid usertype",
        floats="estimate timetaken utcoffset",
        strs="summary details details_html team user_name user_email reportedby emaildisplayname emailtolist "
        "emailcclist emailcclistsupplier emailtolistsupplier category_1 category_2 category_3 category_4 userdef1 "
        "userdef2 userdef3 userdef4 userdef5 third_party_id_string client_reference supplier_reference closure_note "
        "closure_note_html internet_message_id email_message_id mailentryid site_name client_name phonenumber "
        f"{_MATCHING}",
        bools="flagged read onhold excludefromsla hasbeenclosed inactive sendack createacknowledgement dont_do_rules "
        "apply_rules donotapplytemplateintheapi do_lookups dont_do_databaselookups showforusers _prevent_outgoing "
        "_dont_fire_automations _novalidate _forcereassign _validate_updates _validate_only _validate_form "
        "return_this _reclose _recover _isimport _isnotify _force",
        dates="dateoccurred startdate targetdate deadlinedate followupdate",
        anys="attachments customfields tags add_tags userlookup new_external_link external_links assets",
    ),
    "GET /Tickets": _names(
        ints="client_id site_id user_id agent_id status_id requesttype_id count page_no page_size columns_id",
        floats="utcoffset",
        strs="client_ids ticketids excludethese datesearch search search_id search_summary search_details "
        "search_reportedby search_user_name order includeclosed domain",
        bools="open_only closed_only deleted pageinate orderdesc ticketidonly includecolumns includelastaction "
        "includelastincomingemail includemailid includemailbox includestatus includetickettype includeagent "
        "includeslatimer includetimetaken excludeslacalcs isscom debug startdatetime enddatetime",
        dates="startdate enddate",
    ),
    "GET /Tickets/{id}": _names(
        floats="utcoffset",
        bools="includedetails includelastaction includeagent includeparentsubject includechildids includeseenby "
        "isdetailscreen nocache debug include_auditing",
    ),
    "DELETE /Tickets/{id}": _names(strs="reason"),
    "POST /Actions": _names(
        ints="ticket_id id outcome_id new_status who_type who_agentid actionby_agent_id actionby_user_id "
        "from_mailbox_id emailtemplate_id chargerate replying_to action_systemid new_agent new_priority project_id "
        "replied_to_ticket_id replied_to_action_id on_behalf_of _match_integration_id",
        floats="timetaken timetakendays nonbilltime traveltime mileage actionchargehours utcoffset",
        strs="outcome who note note_html emailbody emailbody_html emailfrom emailto emailtonew emailtolistall emailcc "
        "emailccnew emailsubject emailsubjectnew emaildirection replytoaddress email_message_id internet_message_id "
        "actioninternetmessageid mailentryid private_note actionby_application_id on_behalf_of_name guid new_team "
        f"new_category1 new_category2 new_category3 new_category4 {_MATCHING}",
        bools="hiddenfromuser important sendemail setnotetoemailbody _prevent_outgoing dont_do_rules _isnotify "
        "_isreplyaction actisbillable isbillingaction _isimport update_parent update_children action_isresponse "
        "follow _includeticketinresponse _forcereassign isundeliverable _ignore_ai",
        dates="datetime dateemailed actionarrivaldate actioncompletiondate actiondatecreated",
        anys="attachments customfields new_tags new_external_link external_links",
    ),
    "GET /Actions": _names(
        ints="ticket_id count",
        bools="excludesys excludeprivate conversationonly agentonly includehtmlnote includehtmlemail "
        "includeattachments includeagentdetails includenonactionattachments",
    ),
    "GET /Actions/{id}": _names(ints="ticket_id", bools="includedetails includeemail"),
    "POST /Attachment": _names(
        ints="id ticket_id action_id type unique_id filesize agent_id user_id",
        strs="filename data_base64 content_type note desc link data",
        bools="isimage showforusers showonchild showonrelated _isimport already_posted",
        dates="datecreated",
    ),
    "GET /Attachment": _names(ints="ticket_id action_id", strs="filetype order", bools="idonly orderdesc"),
    "GET /Attachment/{id}": _names(bools="includedetails", strs="token"),
    "POST /Users": _names(
        ints="id client_id site_id_int",
        floats="site_id",
        strs="name firstname surname emailaddress email2 email3 title phonenumber mobilenumber login notes",
        bools="inactive sendwelcomeemail neversendemails dontackemails isserviceaccount _isimport "
        "_dont_fire_automations",
        anys="customfields",
    ),
    "GET /Users": _names(
        ints="client_id site_id count page_no page_size",
        strs="search advanced_search order",
        bools="includeinactive includeactive pageinate orderdesc exclude_generaluser exclude_agents "
        "exclude_defaultsiteusers search_phonenumbers",
    ),
    "GET /Users/{id}": _names(bools="includedetails"),
    "GET /Client": _names(ints=_PAGES, strs="search order", bools="includeinactive pageinate orderdesc"),
    "GET /Outcome": _names(
        ints="tickettype_id", strs="showsystemactions", bools="showhidden excludesystemactions debug"
    ),
    "GET /Status": _names(ints="tickettype_id ticket_id", strs="type domain", bools="excludeclosed showall showcounts"),
    "GET /Priority": _names(ints="slaid", bools="includedistinct"),
    "GET /Agent": _names(
        ints="client_id team_id", strs="search team domain", bools="showall includeenabled includedisabled"
    ),
    "GET /Team": _names(strs="type domain", bools="showall includeenabled includedisabled"),
    "GET /Category": _names(ints="type_id tickettype_id team_id client_id"),
    "GET /Site": _names(ints=f"client_id {_PAGES}", strs="search order", bools="includeinactive pageinate orderdesc"),
    "GET /TicketType": _names(
        ints="client_id ticketarea_id",
        strs="domain",
        bools="showall showinactive can_create_only can_edit_only showcounts",
    ),
}

KNOWN: Mapping[DialectName, Mapping[str, Names]] = {"documented": DOCUMENTED, "observed": OBSERVED}
