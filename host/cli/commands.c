/* SPDX-License-Identifier: MIT
 * The commands of golos-watch. */
#include <string.h>

#include "cli/options.h"

#define SIGNING (OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_DRY_RUN))

const struct command commands[] = {
	{"status", "", 0, 0, OPTION_BIT(OPTION_WATCH),
	 "what golos-watchd sees: who produces, misses, what holds a switch",
	 "Asks the running golos-watchd. For each witness: who produces and with which key, the misses that "
	 "count, whether a switch is due and what holds it, whether this node could take over, the last "
	 "switch; and each node's health. \"would hold\" names what would hold a switch if one were due now.\n"
	 "\n"
	 "  golos-watch status --watch\n"
	 "  golos-watch status --json | jq '.instances[].status.ready'",
	 cmd_status, true},
	{"feed", "[try|publish]", 0, 1, OPTION_BIT(OPTION_INSTANCE) | OPTION_BIT(OPTION_YES),
	 "what the price feed's sources say, and what it would publish",
	 "Asks the running golos-watchd. Each source with its number, age and what is wrong with it, the price, what "
	 "is on "
	 "chain, and why nothing is published. Each round asks anew. For root and the daemon's own user:\n"
	 "\n"
	 "  try      asks all sources now, and publishes nothing\n"
	 "  publish  asks them and publishes now, the first price of a witness too, and\n"
	 "           reports until a block holds it. Never beyond max_from_median,\n"
	 "           max_change and the signer's bounds, nor under a hold. A dry_run\n"
	 "           wants --yes\n"
	 "\n"
	 "  golos-watch feed\n"
	 "  golos-watch feed try --json | jq '.[].status.sources'",
	 cmd_feed, true},
	{"cluster", "", 0, 0, 0, "the other nodes of the witness, and who hears whom",
	 "Asks the running golos-watchd for its cluster. For each node: the state of its golosd and its head, when it "
	 "was last heard, when it last heard this node, and its witnesses with what it says of them. A node is fresh "
	 "when both hear each other. So far the cluster shows the nodes, and moves nothing.\n"
	 "\n"
	 "  golos-watch cluster\n"
	 "  golos-watch cluster --json | jq '.nodes[] | select(.state == \"silent\")'",
	 cmd_cluster, true},
	{"check", "", 0, 0, OPTION_BIT(OPTION_KEY), "everything that would stop a failover when it is needed",
	 "One line each: ok, wrong or unknown, with the reason. Configuration, plugins, signer, daemon, nodes (on "
	 "the right chain, in sync), clock, order, golosd's own config, the witness, its key, the active key's "
	 "authority, and how long a switch takes. Run it as root: the keys are the signer's alone. A key that "
	 "the service alone has (credential:, env:) is asked of the running golos-watchd, or give --key. The "
	 "exit status is 0 only if nothing is wrong.\n"
	 "\n"
	 "  golos-watch check\n"
	 "  golos-watch check -c new.yml --json | jq '.[] | select(.state != \"ok\")'",
	 cmd_check, false},
	{"init", "[NAME]", 0, 1,
	 OPTION_BIT(OPTION_ORDER) | OPTION_BIT(OPTION_GOLOSD_CONFIG) | OPTION_BIT(OPTION_KEY) |
		 OPTION_BIT(OPTION_SIGNING_KEY) | OPTION_BIT(OPTION_YES),
	 "writes this node's first configuration",
	 "Asks at the terminal for what the options do not give: the witness's NAME, golosd's addresses (--node), "
	 "golosd's "
	 "config, from which this node's signing key comes (else a new one is made), the active key, and the order of "
	 "the "
	 "nodes. The active key is read with echo off, or from standard input, and written to the file of --key "
	 "(/etc/golos-watch/active.key), mode 0400. The owner key is never wanted. It shows the configuration, asks, "
	 "overwrites "
	 "nothing, and ends with what check says. Run it as root, on each node, with the same order.\n"
	 "\n"
	 "  golos-watch init\n"
	 "  golos-watch init foo --order this --order GLS... --yes < active.key",
	 cmd_init, false},
	{"history", "", 0, 0, OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_INSTANCE),
	 "what happened: notices and switches from the journal",
	 "Reads the journal of the running golos-watchd, oldest first.\n"
	 "\n"
	 "  golos-watch history --since 7d\n"
	 "  golos-watch history --since 2026-11-23 --instance witness_monitor --json",
	 cmd_history, true},
	{"hold", "", 0, 0, OPTION_BIT(OPTION_FOR) | OPTION_BIT(OPTION_INSTANCE),
	 "no switch for now, as before maintenance",
	 "While a hold lasts, nothing is switched, no price is published, and this node counts as not ready. It "
	 "outlives restarts. "
	 "Without --instance it is for all. For root and the daemon's own user.\n"
	 "\n"
	 "  golos-watch hold --for 2h",
	 cmd_hold, true},
	{"resume", "", 0, 0, OPTION_BIT(OPTION_INSTANCE), "ends a hold",
	 "Ends a hold before its time. A price feed asks all its sources at once. For root and the daemon's own user.",
	 cmd_resume, true},
	{"takeover", "", 0, 0, OPTION_BIT(OPTION_INSTANCE) | OPTION_BIT(OPTION_NO_WAIT) | SIGNING,
	 "makes this node's key the signing key now",
	 "A planned handover, at a moment that costs no slot. It passes over counting, order, delays and "
	 "participation, never over the health of this node's golosd. The running golos-watchd does it; this "
	 "command tells how it goes until this node has produced its first block, or why it has not. Ctrl-C ends "
	 "the telling and not the switch. Where no daemon runs, this command does it with the configuration's "
	 "keys: it shows the change, asks, waits for room before the witness's slot, and for the block.\n"
	 "\n"
	 "  golos-watch takeover",
	 cmd_takeover, true},
	{"witness", "NAME", 1, 1, 0, "what the chain knows of a witness",
	 "Its signing key (and which of the configuration's it is), missed blocks, last block, place in the "
	 "schedule, url, version, price feed and votes. It shows the node's present state, pending changes "
	 "included.\n"
	 "\n"
	 "  golos-watch witness foo --node wss://golos.example/ws",
	 cmd_witness, true},
	{"update", "NAME", 1, 1,
	 OPTION_BIT(OPTION_SIGNING_KEY) | OPTION_BIT(OPTION_URL) | OPTION_BIT(OPTION_SET) | OPTION_BIT(OPTION_FILE) |
		 SIGNING,
	 "changes signing key, url and votable properties",
	 "Shows what would change, old and new, and asks; then signs, sends to every node and waits until a "
	 "block holds it. Properties go by the chain's names and start from what the chain has; those of the "
	 "node's hard fork are sent all together, as the chain wants it. A change of the key waits for room "
	 "before the witness's next slot. The active key is read by a signer that this command starts, and "
	 "that signs this and nothing else, once.\n"
	 "\n"
	 "  golos-watch update foo --set account_creation_fee=\"1.000 GOLOS\"\n"
	 "  golos-watch update foo --file props.yml --dry-run\n"
	 "  golos-watch update foo --url https://foo.example --key file:/root/active.key",
	 cmd_update, true},
	{"disable", "NAME", 1, 1, SIGNING, "takes a witness out of the schedule",
	 "Sets the null key. golos-watchd takes that for the operator's will and does not switch back; setting "
	 "a key with \"update\" ends it. Until the next shuffle the witness's slots are missed.\n"
	 "\n"
	 "  golos-watch disable foo",
	 cmd_disable, true},
	{"keygen", "[NAME ROLE]", 0, 2,
	 OPTION_BIT(OPTION_KEYSTORE) | OPTION_BIT(OPTION_SMALL) | OPTION_BIT(OPTION_PASSWORD) |
		 OPTION_BIT(OPTION_PASSPHRASE) | OPTION_BIT(OPTION_CLUSTER),
	 "a new pair of keys, or those of an account's password",
	 "Makes a key with the system's random generator, and prints both halves: the private one (WIF) for "
	 "golosd's \"private-key\", the public one for witness_pubkey and the chain. With --keystore the private "
	 "half is not shown. With --password it derives the key as golos wallets do, from the account's NAME, "
	 "ROLE (owner, active, posting, memo) and password, which is read from standard input. With --cluster it "
	 "makes the key that the nodes of a cluster share, which signs nothing.\n"
	 "\n"
	 "  golos-watch keygen\n"
	 "  golos-watch keygen --password foo active --keystore active.keystore\n"
	 "  golos-watch keygen --cluster > cluster.key",
	 cmd_keygen, false},
	{"keystore", "make|import|show|passwd PATH", 2, 2,
	 OPTION_BIT(OPTION_SMALL) | OPTION_BIT(OPTION_PASSPHRASE) | OPTION_BIT(OPTION_NEW_PASSPHRASE),
	 "keys in an encrypted file",
	 "A keystore is a small file with up to 16 private keys under a passphrase (Argon2id and XChaCha20- "
	 "Poly1305). The signer opens it: \"keys: keystore:/PATH,passphrase=credential:NAME\".\n"
	 "\n"
	 "  make     a new key in a new file\n"
	 "  import   private keys (WIF), one a line, from standard input into a new file\n"
	 "  show     the public keys; needs no passphrase\n"
	 "  passwd   another passphrase\n"
	 "\n"
	 "  golos-watch keystore import active.keystore < active.key",
	 cmd_keystore, false},
	{"help", "[COMMAND]", 0, 1, 0, "what the commands do, or more of one",
	 "The same as \"golos-watch COMMAND --help\".", NULL, false},
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
