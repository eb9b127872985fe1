"""HaloPSA over its REST API: tickets, actions, attachments and users, in both dialects of it.

Promises: one POST an effect, each ending in our trailer, so that an effect in doubt is found again by a marker that
nobody can guess; every match is checked here, because the real server ignores filters that it does not know. Fails
with the four kinds of `gateway.errors`, from one table. Knows nothing of mailboxes, rules and the ledger.

    backend   the door (`gateway.ports.TicketBackend`)
    lookup    finding again what may have been done       picklists, verify   what the tenant offers
    wire      steps <-> JSON and multipart (pure)         trailer             the mail reference (pure)
    dialect   which of the two the server speaks          errors, words       what went wrong, in Halo's own words
    people, neighbours   whose an address is: users; clients by domain, agents, who wrote before
    views     tickets and users as decisions need them    api   HTTP: tokens (auth), rests (pause), limits
"""
