/* SPDX-License-Identifier: MIT
 *
 * See peers.h.
 */
#include "cluster/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SENT_MAX      128 /* statements of ours in PEERS_ECHO_MS: at most 10 a second are sent */
#define OWN_BLOCKS    64  /* of ours, to hold a peer's head against */
#define PEER_HEADS    16  /* of a peer, newer than the newest that is ours too */
#define BOOTS_ENDED   4	  /* boot ids of a peer that another one has replaced */
#define NEVER	      INT64_MIN
#define FORK_IS_LARGE 2 /* blocks undone */

struct block_id {
	uint32_t number; /* 0: none */
	uint8_t id[CLUSTER_HEAD_BYTES];
};

struct sent {
	uint32_t sequence; /* 0: none */
	int64_t at_ms;
	uint32_t head; /* ours then; 0: none, or it has been forgotten */
};

struct peer {
	char name[CLUSTER_NAME_SIZE];
	uint32_t name_hash;
	bool is_known; /* `boot` and all of `last` are set */
	uint8_t ended[BOOTS_ENDED][CLUSTER_BOOT_BYTES];
	size_t ended_count;
	struct statement last; /* its newest */
	int64_t last_ms;       /* when it was made, by our clock: its arrival less its age */
	bool last_is_relayed;
	int64_t echo_ms; /* when we sent the newest statement of ours that it states to have heard */
	bool was_fresh;
	/* lag */
	struct block_id heads[PEER_HEADS]; /* by their number */
	uint32_t common;		   /* its newest head that lies on our branch; 0: none */
	uint32_t first_head;		   /* its first since the evidence was forgotten; 0: none */
	uint32_t lag;
	size_t witness_count;
	struct statement_witness witnesses[PEERS_WITNESSES_MAX];
	uint8_t body[CLUSTER_BODY_MAX];
	size_t body_len;
	uint8_t version; /* another than ours */
	int64_t version_ms;
	/* what people were told */
	enum peer_state told_state;
	bool told_differs;
	int64_t told_version_ms;
};

struct peers {
	size_t count, own;
	struct peer peers[CLUSTER_NODES_MAX]; /* our own has but its name */
	uint8_t boot[CLUSTER_BOOT_BYTES];
	uint8_t list[CLUSTER_LIST_BYTES];
	bool is_observer;
	int64_t begun_ms;
	int64_t up_ms, lost_ms; /* of the connection to our golosd; NEVER: it was not yet, it is not lost */
	uint32_t head;		/* ours; 0: none */
	struct block_id blocks[OWN_BLOCKS];
	uint32_t sequence;
	struct sent sent[SENT_MAX];
	size_t witness_count, witness_turn;
	struct statement_witness witnesses[PEERS_WITNESSES_MAX];
	bool witnesses_are_news;
	uint8_t stated_golosd;
};

const char *peer_state_name(enum peer_state state)
{
	static const char *const names[] = {
		[PEER_UNKNOWN] = "unknown", [PEER_FRESH] = "fresh", [PEER_SILENT] = "silent"};

	return names[state];
}

const char *cluster_golosd_name(uint8_t golosd)
{
	static const char *const names[GOLOSD_STATES] = {
		[GOLOSD_NONE] = "none", [GOLOSD_STARTING] = "starting", [GOLOSD_UP] = "up", [GOLOSD_DOWN] = "down"};

	return golosd < GOLOSD_STATES ? names[golosd] : "unknown";
}

struct peers *peers_new(const struct cluster_settings *settings, const uint8_t boot[CLUSTER_BOOT_BYTES], bool observer,
			int64_t now_ms)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));
	const char *names[CLUSTER_NODES_MAX];

	peers->count = settings->node_count;
	for (size_t i = 0; i < peers->count; i++) {
		struct peer *peer = &peers->peers[i];

		memcpy(peer->name, settings->nodes[i].name, sizeof(peer->name));
		names[i] = peer->name;
		peer->name_hash = cluster_name_hash(names[i]);
		peer->echo_ms = peer->last_ms = peer->version_ms = peer->told_version_ms = NEVER;
		if (strcmp(names[i], settings->name) == 0)
			peers->own = i;
	}
	memcpy(peers->boot, boot, CLUSTER_BOOT_BYTES);
	cluster_list_hash(peers->list, names, peers->count);
	peers->is_observer = observer;
	peers->begun_ms = now_ms;
	peers->up_ms = peers->lost_ms = NEVER;
	peers->stated_golosd = GOLOSD_STATES; /* nothing yet */
	return peers;
}

void peers_free(struct peers *peers)
{
	free(peers);
}

size_t peers_count(const struct peers *peers)
{
	return peers->count;
}

size_t peers_own(const struct peers *peers)
{
	return peers->own;
}

const char *peers_name(const struct peers *peers, size_t place)
{
	return peers->peers[place].name;
}

/* ---- of ourselves ----------------------------------------------------------------------------------------------- */

void peers_golosd(struct peers *peers, bool connected, int64_t now_ms)
{
	bool is_lost = peers->lost_ms != NEVER;

	if (!connected) {
		if (peers->up_ms != NEVER && !is_lost)
			peers->lost_ms = now_ms;
		return;
	}
	if (peers->up_ms == NEVER || (is_lost && now_ms - peers->lost_ms >= PEERS_GOLOSD_LOST_MS))
		peers->up_ms = now_ms;
	peers->lost_ms = NEVER;
}

/* *ret_since_ms: when this state began. */
static enum cluster_golosd own_golosd(const struct peers *peers, int64_t now_ms, int64_t *ret_since_ms)
{
	*ret_since_ms = peers->begun_ms;
	if (peers->is_observer)
		return GOLOSD_NONE;
	if (peers->up_ms == NEVER)
		return now_ms - peers->begun_ms < PEERS_STARTING_MS ? GOLOSD_STARTING : GOLOSD_DOWN;
	if (peers->lost_ms != NEVER && now_ms - peers->lost_ms >= PEERS_GOLOSD_LOST_MS) {
		*ret_since_ms = peers->lost_ms;
		return GOLOSD_DOWN;
	}
	*ret_since_ms = peers->up_ms;
	return GOLOSD_UP;
}

static void forget_peer(struct peer *peer)
{
	memset(peer->heads, 0, sizeof(peer->heads));
	peer->common = peer->first_head = peer->lag = 0;
}

void peers_forget(struct peers *peers)
{
	for (size_t i = 0; i < peers->count; i++)
		forget_peer(&peers->peers[i]);
	/* an echo would be held against a head that is ours no more */
	for (size_t i = 0; i < SENT_MAX; i++)
		peers->sent[i].head = 0;
}

void peers_head(struct peers *peers, uint32_t number, const uint8_t id[CLUSTER_HEAD_BYTES])
{
	struct block_id *block = &peers->blocks[number % OWN_BLOCKS];

	if (number <= peers->head) {
		/* the blocks from this number on are undone, but not where it is the head that we know */
		uint32_t undone = peers->head - number + 1;

		if (block->number == number && memcmp(block->id, id, sizeof(block->id)) == 0)
			undone--;
		if (undone >= FORK_IS_LARGE)
			peers_forget(peers);
	}
	/* numbers passed over: what stands there may be of a branch that is gone */
	for (uint32_t n = 1; n < OWN_BLOCKS && peers->head + n < number; n++)
		peers->blocks[(number - n) % OWN_BLOCKS].number = 0;
	peers->head = number;
	block->number = number;
	memcpy(block->id, id, sizeof(block->id));
}

void peers_state_witnesses(struct peers *peers, const struct statement_witness *witnesses, size_t count)
{
	if (count > PEERS_WITNESSES_MAX)
		count = PEERS_WITNESSES_MAX;
	if (count == peers->witness_count &&
	    (count == 0 || memcmp(peers->witnesses, witnesses, count * sizeof(*witnesses)) == 0))
		return;
	if (count)
		memcpy(peers->witnesses, witnesses, count * sizeof(*witnesses));
	peers->witness_count = count;
	peers->witnesses_are_news = true;
}

bool peers_has_news(const struct peers *peers, int64_t now_ms)
{
	int64_t since_ms;

	return peers->witnesses_are_news || own_golosd(peers, now_ms, &since_ms) != peers->stated_golosd;
}

int64_t peers_news_ms(const struct peers *peers)
{
	if (peers->is_observer)
		return INT64_MAX;
	if (peers->up_ms == NEVER && peers->stated_golosd != GOLOSD_DOWN)
		return peers->begun_ms + PEERS_STARTING_MS;
	if (peers->lost_ms != NEVER && peers->stated_golosd != GOLOSD_DOWN)
		return peers->lost_ms + PEERS_GOLOSD_LOST_MS;
	return INT64_MAX;
}

static uint32_t age_of(int64_t at_ms, int64_t now_ms)
{
	if (at_ms == NEVER || now_ms - at_ms >= CLUSTER_NEVER)
		return CLUSTER_NEVER;
	return now_ms < at_ms ? 0 : (uint32_t)(now_ms - at_ms);
}

static void state_peers(const struct peers *peers, struct statement *ret, int64_t now_ms)
{
	for (size_t i = 0; i < peers->count; i++) {
		const struct peer *peer = &peers->peers[i];

		if (i == peers->own)
			continue;
		struct statement_peer *stated = &ret->peers[ret->peer_count++];

		stated->name_hash = peer->name_hash;
		stated->ago_ms = age_of(peer->last_ms, now_ms);
		if (!peer->is_known)
			continue;
		memcpy(stated->boot, peer->last.boot, sizeof(stated->boot));
		stated->sequence = peer->last.sequence;
	}
}

void peers_state(struct peers *peers, struct statement *ret, int64_t now_ms)
{
	int64_t since_ms;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->origin, peers->peers[peers->own].name, sizeof(ret->origin));
	memcpy(ret->boot, peers->boot, sizeof(ret->boot));
	memcpy(ret->list, peers->list, sizeof(ret->list));
	ret->sequence = ++peers->sequence;
	ret->golosd = (uint8_t)own_golosd(peers, now_ms, &since_ms);
	ret->golosd_ms = age_of(since_ms, now_ms);
	ret->head = peers->head;
	if (peers->head)
		memcpy(ret->head_id, peers->blocks[peers->head % OWN_BLOCKS].id, sizeof(ret->head_id));
	state_peers(peers, ret, now_ms);
	for (size_t i = 0; i < peers->witness_count && i < CLUSTER_WITNESSES_MAX; i++)
		ret->witnesses[ret->witness_count++] =
			peers->witnesses[(peers->witness_turn + i) % peers->witness_count];
	if (peers->witness_count > CLUSTER_WITNESSES_MAX)
		peers->witness_turn = (peers->witness_turn + CLUSTER_WITNESSES_MAX) % peers->witness_count;
	peers->sent[ret->sequence % SENT_MAX] = (struct sent){ret->sequence, now_ms, peers->head};
	peers->witnesses_are_news = false;
	peers->stated_golosd = ret->golosd;
}

/* ---- of the others ---------------------------------------------------------------------------------------------- */

static bool is_heard(const struct peer *peer, int64_t now_ms)
{
	return peer->last_ms != NEVER && now_ms - peer->last_ms < PEERS_SILENCE_MS;
}

static bool has_version(const struct peer *peer, int64_t now_ms)
{
	return peer->version && now_ms - peer->version_ms < PEERS_ECHO_MS;
}

static enum peer_state state_of(const struct peer *peer, int64_t now_ms)
{
	if (!is_heard(peer, now_ms)) /* one of another version speaks, and says nothing to us */
		return peer->was_fresh && !has_version(peer, now_ms) ? PEER_SILENT : PEER_UNKNOWN;
	return peer->echo_ms != NEVER && now_ms - peer->echo_ms < PEERS_ECHO_MS ? PEER_FRESH : PEER_UNKNOWN;
}

/* The statement of ours that it echoes, sent less than PEERS_ECHO_MS ago; NULL: none. */
static const struct sent *echo_in(const struct peers *peers, const struct statement *statement, int64_t now_ms)
{
	const struct peer *own = &peers->peers[peers->own];

	for (size_t i = 0; i < statement->peer_count; i++) {
		const struct statement_peer *stated = &statement->peers[i];
		const struct sent *sent = &peers->sent[stated->sequence % SENT_MAX];

		if (stated->name_hash != own->name_hash)
			continue;
		if (memcmp(stated->boot, peers->boot, sizeof(stated->boot)) != 0 || stated->sequence == 0 ||
		    sent->sequence != stated->sequence || now_ms - sent->at_ms >= PEERS_ECHO_MS)
			return NULL;
		return sent;
	}
	return NULL;
}

/* A block of a number that we did not see cannot be compared, and passes for one of ours. */
static bool is_on_our_branch(const struct peers *peers, const struct block_id *head)
{
	const struct block_id *ours = &peers->blocks[head->number % OWN_BLOCKS];

	if (head->number > peers->head)
		return false;
	return ours->number != head->number || memcmp(ours->id, head->id, sizeof(ours->id)) == 0;
}

static void note_head(const struct peers *peers, struct peer *peer, const struct statement *statement)
{
	struct block_id *head = &peer->heads[statement->head % PEER_HEADS];

	head->number = statement->head;
	memcpy(head->id, statement->head_id, sizeof(head->id));
	if (!peer->first_head)
		peer->first_head = statement->head;
	for (size_t i = 0; i < PEER_HEADS; i++)
		if (peer->heads[i].number > peer->common && is_on_our_branch(peers, &peer->heads[i]))
			peer->common = peer->heads[i].number;
}

/* Our head when we sent what it echoes, less its newest one on our branch. As long as none is known to be, the two
 * branches had parted before its first head at the latest. */
static void measure_lag(const struct peers *peers, struct peer *peer, const struct statement *statement,
			const struct sent *echo)
{
	peer->lag = 0;
	if (!statement->head)
		return;
	note_head(peers, peer, statement);
	uint32_t reached = peer->common ? peer->common : peer->first_head - 1;

	if (echo && echo->head > reached)
		peer->lag = echo->head - reached;
}

static bool has_ended(const struct peer *peer, const uint8_t boot[CLUSTER_BOOT_BYTES])
{
	for (size_t i = 0; i < peer->ended_count && i < BOOTS_ENDED; i++)
		if (memcmp(peer->ended[i], boot, CLUSTER_BOOT_BYTES) == 0)
			return true;
	return false;
}

/* A boot id that is not known says nothing of when it is: only an echo of a statement of our present boot does. The
 * first one of all is taken without, else the two could never echo each other; it stays unknown until then. */
static enum peers_heard judge(const struct peer *peer, const struct statement *statement, const struct sent *echo)
{
	if (!peer->is_known)
		return PEERS_WORD;
	if (memcmp(peer->last.boot, statement->boot, CLUSTER_BOOT_BYTES) == 0)
		return statement->sequence > peer->last.sequence ? PEERS_WORD : PEERS_OLD;
	if (has_ended(peer, statement->boot))
		return PEERS_OLD;
	return echo ? PEERS_WORD : PEERS_UNPROVEN;
}

static void end_boot(struct peer *peer)
{
	memcpy(peer->ended[peer->ended_count++ % BOOTS_ENDED], peer->last.boot, CLUSTER_BOOT_BYTES);
	forget_peer(peer);
	peer->witness_count = 0;
}

/* Four at most come at a time, so those of a name replace that name's. */
static void keep_witness(struct peer *peer, const struct statement_witness *witness)
{
	size_t at = 0;

	while (at < peer->witness_count && strcmp(peer->witnesses[at].name, witness->name) != 0)
		at++;
	if (at == PEERS_WITNESSES_MAX)
		return;
	peer->witnesses[at] = *witness;
	if (at == peer->witness_count)
		peer->witness_count++;
}

static void keep_witnesses(struct peer *peer, const struct statement *statement)
{
	if (statement->witness_count < CLUSTER_WITNESSES_MAX) /* it takes no turns: these are all */
		peer->witness_count = 0;
	for (size_t i = 0; i < statement->witness_count; i++)
		keep_witness(peer, &statement->witnesses[i]);
}

static int place_of(const struct peers *peers, const char *name)
{
	for (size_t i = 0; i < peers->count; i++)
		if (strcmp(peers->peers[i].name, name) == 0)
			return (int)i;
	return -1;
}

enum peers_heard peers_hear(struct peers *peers, const uint8_t *body, size_t len, uint16_t age_ms, int64_t now_ms,
			    size_t *ret_place)
{
	struct statement statement;

	if (len > CLUSTER_BODY_MAX || !statement_decode(&statement, body, len))
		return PEERS_BAD;
	int place = place_of(peers, statement.origin);
	if (place < 0)
		return PEERS_STRANGER;
	*ret_place = (size_t)place;
	if (*ret_place == peers->own)
		return PEERS_OURS;
	if (age_ms >= PEERS_SILENCE_MS)
		return PEERS_OLD;
	struct peer *peer = &peers->peers[place];
	const struct sent *echo = echo_in(peers, &statement, now_ms);
	enum peers_heard heard = judge(peer, &statement, echo);

	if (heard != PEERS_WORD)
		return heard;
	if (peer->is_known && memcmp(peer->last.boot, statement.boot, CLUSTER_BOOT_BYTES) != 0)
		end_boot(peer);
	peer->is_known = true;
	peer->last = statement;
	peer->last_is_relayed = age_ms > 0;
	/* one relayed slowly can be newer, and yet made before: the clock of silence does not go back */
	if (now_ms - age_ms > peer->last_ms)
		peer->last_ms = now_ms - age_ms;
	if (echo && echo->at_ms > peer->echo_ms)
		peer->echo_ms = echo->at_ms;
	measure_lag(peers, peer, &statement, echo);
	keep_witnesses(peer, &statement);
	memcpy(peer->body, body, len);
	peer->body_len = len;
	peer->version = 0;
	peer->was_fresh |= state_of(peer, now_ms) == PEER_FRESH;
	return PEERS_WORD;
}

void peers_hear_version(struct peers *peers, size_t place, uint8_t version, int64_t now_ms)
{
	peers->peers[place].version = version;
	peers->peers[place].version_ms = now_ms;
}

const uint8_t *peers_relay(const struct peers *peers, size_t place, int64_t now_ms, size_t *ret_len,
			   uint16_t *ret_age_ms)
{
	const struct peer *peer = &peers->peers[place];

	if (place == peers->own || !is_heard(peer, now_ms))
		return NULL;
	uint32_t age = age_of(peer->last_ms, now_ms);

	*ret_len = peer->body_len;
	*ret_age_ms = age ? (uint16_t)age : 1; /* 0 is the origin's alone */
	return peer->body;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

static void view_own(const struct peers *peers, int64_t now_ms, struct peer_view *ret)
{
	int64_t since_ms;

	ret->is_own = true;
	ret->golosd = (uint8_t)own_golosd(peers, now_ms, &since_ms);
	ret->golosd_ms = now_ms - since_ms;
	ret->head = peers->head;
	memcpy(ret->head_id, peers->blocks[peers->head % OWN_BLOCKS].id, sizeof(ret->head_id));
	ret->witness_count = peers->witness_count;
	ret->witnesses = peers->witnesses;
}

static int64_t hears_us_ms(const struct peers *peers, const struct peer *peer, int64_t now_ms)
{
	for (size_t i = 0; i < peer->last.peer_count; i++) {
		const struct statement_peer *stated = &peer->last.peers[i];

		if (stated->name_hash == peers->peers[peers->own].name_hash && stated->ago_ms != CLUSTER_NEVER &&
		    memcmp(stated->boot, peers->boot, sizeof(stated->boot)) == 0)
			return now_ms - peer->last_ms + stated->ago_ms;
	}
	return -1;
}

void peers_view(const struct peers *peers, size_t place, int64_t now_ms, struct peer_view *ret)
{
	const struct peer *peer = &peers->peers[place];

	*ret = (struct peer_view){.name = peer->name, .heard_ms = -1, .hears_us_ms = -1};
	if (place == peers->own) {
		view_own(peers, now_ms, ret);
		return;
	}
	ret->state = state_of(peer, now_ms);
	ret->is_heard = is_heard(peer, now_ms);
	if (has_version(peer, now_ms))
		ret->version = peer->version;
	if (!peer->is_known)
		return;
	ret->is_relayed = peer->last_is_relayed;
	ret->heard_ms = now_ms - peer->last_ms;
	ret->hears_us_ms = hears_us_ms(peers, peer, now_ms);
	ret->golosd = peer->last.golosd;
	ret->golosd_ms = ret->heard_ms + peer->last.golosd_ms;
	ret->head = peer->last.head;
	memcpy(ret->head_id, peer->last.head_id, sizeof(ret->head_id));
	ret->lag = peer->lag;
	ret->list_differs = memcmp(peer->last.list, peers->list, sizeof(peers->list)) != 0;
	ret->witness_count = peer->witness_count;
	ret->witnesses = peer->witnesses;
}

size_t peers_fresh(const struct peers *peers, int64_t now_ms)
{
	size_t fresh = 1;

	for (size_t i = 0; i < peers->count; i++)
		fresh += i != peers->own && state_of(&peers->peers[i], now_ms) == PEER_FRESH;
	return fresh;
}

uint32_t peers_take_changes(struct peers *peers, size_t place, int64_t now_ms)
{
	struct peer *peer = &peers->peers[place];
	struct peer_view view;
	uint32_t changes = 0;

	if (place == peers->own)
		return 0;
	peers_view(peers, place, now_ms, &view);
	if (view.state != PEER_UNKNOWN && view.state != peer->told_state) {
		changes |= view.state == PEER_SILENT ? PEER_IS_SILENT : PEER_IS_HEARD;
		peer->told_state = view.state;
	}
	if (view.list_differs && !peer->told_differs)
		changes |= PEER_LIST_DIFFERS;
	peer->told_differs = view.list_differs;
	if (view.version &&
	    (peer->told_version_ms == NEVER || now_ms - peer->told_version_ms >= PEERS_VERSION_NOTICE_MS)) {
		changes |= PEER_HAS_VERSION;
		peer->told_version_ms = now_ms;
	}
	return changes;
}
