/* SPDX-License-Identifier: MIT
 *
 * See socket.h.
 */
#include "cluster/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "node/resolve.h"

#define STATEMENT_MS   1000
#define JITTER_MS      100 /* before and after: nodes that started together do not send together */
#define NEWS_MS	       100 /* between statements at least */
#define BATCH	       32  /* datagrams read at once; then the loop turns */
#define RECEIVE_BUFFER (512 << 10)
#define RESOLVE_MS     300000
#define RESOLVE_NEW_MS 10000			  /* of a node that is not heard, or whose name was not found */
#define KNOWN_RATE     20			  /* datagrams a second that are tried for each known address */
#define OTHERS_RATE    2000			  /* and for all others together */
#define ROOM	       (CLUSTER_DATAGRAM_MAX + 1) /* one byte more shows a datagram that is too long */

/* So many a second, and as many at once. */
struct bucket {
	double level;
	int64_t filled_ms;
};

struct place { /* an address as the system takes it */
	struct sockaddr_in6 address;
	struct bucket bucket;
};

/* One entry of the configuration. */
struct entry {
	struct cluster_socket *cluster;
	struct cluster_address at;
	bool is_name; /* to be resolved */
	struct resolve *resolve;
	int64_t resolved_ms; /* when it was begun; INT64_MIN: not yet */
	size_t count;
	struct place places[RESOLVE_MAX];
};

struct node {
	size_t count;
	struct entry entries[CLUSTER_ADDRESSES_MAX];
	bool has_learnt;
	struct place learnt; /* where its last word came from: it may be behind NAT */
};

struct cluster_socket {
	struct loop *loop;
	int fd;
	bool is_four; /* this machine has no IPv6: addresses go out as IPv4 */
	struct loop_fd *loop_fd;
	struct loop_timer *timer;
	const struct cluster_keys *keys;
	struct peers *peers;
	struct socket_events events;
	size_t count;
	struct node nodes[CLUSTER_NODES_MAX];
	struct bucket others;
	int64_t next_ms; /* the next statement of the second */
	int64_t last_ms; /* our last statement; INT64_MIN: none */
	struct socket_counts counts;
};

/* ---- addresses -------------------------------------------------------------------------------------------------- */

/* An IPv4 one as IPv6 has it: one kind of address within this file. */
static bool address_of(struct sockaddr_in6 *ret, const char *text, uint16_t port)
{
	struct in_addr four;
	char host[INET6_ADDRSTRLEN + 20];
	char *zone;

	*ret = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	snprintf(host, sizeof(host), "%s", text);
	if (inet_pton(AF_INET, host, &four) == 1) {
		ret->sin6_addr.s6_addr[10] = ret->sin6_addr.s6_addr[11] = 0xff;
		memcpy(ret->sin6_addr.s6_addr + 12, &four, sizeof(four));
		return true;
	}
	if ((zone = strchr(host, '%'))) {
		*zone = 0;
		ret->sin6_scope_id = if_nametoindex(zone + 1);
	}
	return inet_pton(AF_INET6, host, &ret->sin6_addr) == 1;
}

static bool is_same(const struct sockaddr_in6 *a, const struct sockaddr_in6 *b)
{
	return a->sin6_port == b->sin6_port && memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) == 0;
}

static bool is_four(const struct sockaddr_in6 *address)
{
	return IN6_IS_ADDR_V4MAPPED(&address->sin6_addr);
}

static struct sockaddr_in as_four(const struct sockaddr_in6 *six)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six->sin6_port};

	memcpy(&four.sin_addr, six->sin6_addr.s6_addr + 12, sizeof(four.sin_addr));
	return four;
}

static struct sockaddr_in6 as_six(const struct sockaddr_in *four)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = four->sin_port};

	six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
	memcpy(six.sin6_addr.s6_addr + 12, &four->sin_addr, sizeof(four->sin_addr));
	return six;
}

static void on_resolved(void *context, const struct resolved *resolved)
{
	struct entry *entry = context;
	size_t count = 0;

	entry->resolve = NULL;
	for (size_t i = 0; i < resolved->count; i++)
		if (address_of(&entry->places[count].address, resolved->address[i], entry->at.port))
			count++;
	if (count) /* a name server that is away takes nobody's address */
		entry->count = count;
}

static void find(struct entry *entry, int64_t now_ms)
{
	if (!entry->is_name || entry->resolve)
		return;
	entry->resolved_ms = now_ms;
	entry->resolve = resolve_start(entry->cluster->loop, entry->at.host, on_resolved, entry);
}

static void find_again(struct entry *entry, int64_t now_ms)
{
	int64_t wait_ms = entry->count ? RESOLVE_MS : RESOLVE_NEW_MS;

	if (entry->resolved_ms == INT64_MIN || now_ms - entry->resolved_ms >= wait_ms)
		find(entry, now_ms);
}

static void take_node(struct cluster_socket *cluster, struct node *node, const struct cluster_node *wanted)
{
	node->count = wanted->count;
	for (size_t i = 0; i < wanted->count; i++) {
		struct entry *entry = &node->entries[i];

		*entry = (struct entry){.cluster = cluster, .at = wanted->addresses[i], .resolved_ms = INT64_MIN};
		entry->is_name = !address_of(&entry->places[0].address, entry->at.host, entry->at.port);
		entry->count = !entry->is_name;
	}
}

/* Whose address it is; NULL: nobody's that we know. */
static struct place *place_of(struct cluster_socket *cluster, const struct sockaddr_in6 *from, size_t *ret_node)
{
	for (size_t n = 0; n < cluster->count; n++) {
		struct node *node = &cluster->nodes[n];

		*ret_node = n;
		if (node->has_learnt && is_same(&node->learnt.address, from))
			return &node->learnt;
		for (size_t e = 0; e < node->count; e++)
			for (size_t p = 0; p < node->entries[e].count; p++)
				if (is_same(&node->entries[e].places[p].address, from))
					return &node->entries[e].places[p];
	}
	return NULL;
}

static bool is_configured(const struct node *node, const struct sockaddr_in6 *address)
{
	for (size_t e = 0; e < node->count; e++)
		for (size_t p = 0; p < node->entries[e].count; p++)
			if (is_same(&node->entries[e].places[p].address, address))
				return true;
	return false;
}

static void learn(struct node *node, const struct sockaddr_in6 *from)
{
	if (node->has_learnt && is_same(&node->learnt.address, from))
		return;
	node->has_learnt = !is_configured(node, from);
	node->learnt = (struct place){.address = *from};
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static void send_to(struct cluster_socket *cluster, const struct sockaddr_in6 *to, const uint8_t *datagram, size_t len)
{
	const struct sockaddr_in four = as_four(to);
	ssize_t n;

	if (cluster->is_four && !is_four(to))
		return;
	n = cluster->is_four ? sendto(cluster->fd, datagram, len, 0, (const struct sockaddr *)&four, sizeof(four))
			     : sendto(cluster->fd, datagram, len, 0, (const struct sockaddr *)to, sizeof(*to));
	if (n == (ssize_t)len)
		cluster->counts.sent++;
	else
		cluster->counts.not_sent++;
}

static void send_to_node(struct cluster_socket *cluster, size_t place, const uint8_t *datagram, size_t len)
{
	const struct node *node = &cluster->nodes[place];
	struct peer_view view;

	peers_view(cluster->peers, place, loop_mono_ms(), &view);
	for (size_t e = 0; e < node->count; e++)
		for (size_t p = 0; p < node->entries[e].count; p++)
			send_to(cluster, &node->entries[e].places[p].address, datagram, len);
	if (node->has_learnt && view.is_heard) /* a replayed word makes us send elsewhere for some seconds at most */
		send_to(cluster, &node->learnt.address, datagram, len);
}

/* To all but ourselves and the origin. */
static void send_body(struct cluster_socket *cluster, size_t origin, const uint8_t *body, size_t len, uint16_t age_ms)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX], nonce[LINK_NONCE_BYTES];

	randombytes_buf(nonce, sizeof(nonce));
	size_t size = link_seal(datagram, cluster->keys->links[0], nonce, age_ms, body, len);

	for (size_t n = 0; n < cluster->count; n++)
		if (n != origin && n != peers_own(cluster->peers))
			send_to_node(cluster, n, datagram, size);
}

static void send_own(struct cluster_socket *cluster, int64_t now_ms)
{
	uint8_t body[CLUSTER_BODY_MAX];
	struct statement statement;

	peers_state(cluster->peers, &statement, now_ms);
	cluster->last_ms = now_ms;
	size_t len = statement_encode(body, &statement);

	if (len)
		send_body(cluster, peers_own(cluster->peers), body, len, 0);
}

static void send_relays(struct cluster_socket *cluster, int64_t now_ms)
{
	for (size_t n = 0; n < cluster->count; n++) {
		uint16_t age_ms;
		size_t len;
		const uint8_t *body = peers_relay(cluster->peers, n, now_ms, &len, &age_ms);

		if (body)
			send_body(cluster, n, body, len, age_ms);
	}
}

static void set_timer(struct cluster_socket *cluster, int64_t now_ms)
{
	int64_t due_ms = cluster->next_ms, news_ms = peers_news_ms(cluster->peers);

	if (peers_has_news(cluster->peers, now_ms))
		news_ms = now_ms;
	if (cluster->last_ms != INT64_MIN && news_ms < cluster->last_ms + NEWS_MS)
		news_ms = cluster->last_ms + NEWS_MS;
	if (news_ms < due_ms)
		due_ms = news_ms;
	loop_timer_set(cluster->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

static void on_timer(void *context)
{
	struct cluster_socket *cluster = context;
	int64_t now_ms = loop_mono_ms();

	if (now_ms >= cluster->next_ms) {
		cluster->next_ms = now_ms + STATEMENT_MS - JITTER_MS + randombytes_uniform(2 * JITTER_MS + 1);
		for (size_t n = 0; n < cluster->count; n++)
			for (size_t e = 0; e < cluster->nodes[n].count; e++)
				find_again(&cluster->nodes[n].entries[e], now_ms);
		cluster->events.second(cluster->events.context);
		send_own(cluster, now_ms);
		send_relays(cluster, now_ms);
		cluster->events.changed(cluster->events.context);
	} else if (peers_has_news(cluster->peers, now_ms)) {
		send_own(cluster, now_ms);
	}
	set_timer(cluster, now_ms);
}

void cluster_socket_news(struct cluster_socket *cluster)
{
	set_timer(cluster, loop_mono_ms());
}

void cluster_socket_find(struct cluster_socket *cluster, size_t place)
{
	int64_t now_ms = loop_mono_ms();

	for (size_t e = 0; e < cluster->nodes[place].count; e++) {
		struct entry *entry = &cluster->nodes[place].entries[e];

		if (entry->resolved_ms == INT64_MIN || now_ms - entry->resolved_ms >= RESOLVE_NEW_MS)
			find(entry, now_ms);
	}
}

/* ---- hearing ---------------------------------------------------------------------------------------------------- */

static bool take(struct bucket *bucket, double rate, int64_t now_ms)
{
	bucket->level += (double)(now_ms - bucket->filled_ms) * rate / 1000;
	bucket->filled_ms = now_ms;
	if (bucket->level > rate)
		bucket->level = rate;
	if (bucket->level < 1)
		return false;
	bucket->level -= 1;
	return true;
}

static void hear_opened(struct cluster_socket *cluster, const struct link_opened *opened,
			const struct sockaddr_in6 *from, int64_t now_ms)
{
	size_t place;

	switch (peers_hear(cluster->peers, opened->body, opened->len, opened->age_ms, now_ms, &place)) {
	case PEERS_WORD:
		cluster->counts.words++;
		/* not of a fresh one alone: an end that we cannot find otherwise becomes fresh by our answer */
		if (opened->age_ms == 0)
			learn(&cluster->nodes[place], from);
		break;
	case PEERS_OLD:
	case PEERS_OURS:
		cluster->counts.repeated++;
		break;
	default:
		cluster->counts.refused++;
	}
}

static void hear(struct cluster_socket *cluster, const uint8_t *datagram, size_t len, const struct sockaddr_in6 *from,
		 int64_t now_ms)
{
	struct link_opened opened;
	size_t node = 0;
	struct place *place = place_of(cluster, from, &node);

	cluster->counts.received++;
	/* the address may be forged: who uses up a node's own share still leaves it the others' */
	if (!(place && take(&place->bucket, KNOWN_RATE, now_ms)) && !take(&cluster->others, OTHERS_RATE, now_ms)) {
		cluster->counts.over_limit++;
		return;
	}
	switch (link_open(&opened, cluster->keys->links, cluster->keys->count, datagram, len)) {
	case LINK_OPENED:
		hear_opened(cluster, &opened, from, now_ms);
		break;
	case LINK_VERSION:
		cluster->counts.version++;
		if (place)
			peers_hear_version(cluster->peers, node, opened.version, now_ms);
		break;
	case LINK_NOT_SEALED:
		cluster->counts.not_opened++;
		break;
	case LINK_STRANGE:
		cluster->counts.strange++;
	}
}

static void on_readable(void *context)
{
	static uint8_t bytes[BATCH][ROOM]; /* of the loop's one thread */
	struct cluster_socket *cluster = context;
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];

	memset(messages, 0, sizeof(messages));
	for (size_t i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){bytes[i], ROOM};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &from[i], .msg_namelen = sizeof(from[i]), .msg_iov = &parts[i], .msg_iovlen = 1};
	}
	int count = recvmmsg(cluster->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	int64_t now_ms = loop_mono_ms();
	uint64_t words = cluster->counts.words;

	for (int i = 0; i < count; i++) {
		struct sockaddr_in6 six = from[i].any.sa_family == AF_INET ? as_six(&from[i].four) : from[i].six;

		hear(cluster, bytes[i], messages[i].msg_len, &six, now_ms);
	}
	if (cluster->counts.words != words)
		cluster->events.changed(cluster->events.context);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static gw_status listen_at(struct cluster_socket *cluster, const struct cluster_address *at, struct error *err)
{
	static const int off = 0, room = RECEIVE_BUFFER;
	const int kind = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct sockaddr_in6 address;
	int failed;

	if (!address_of(&address, at->host, at->port))
		return error_set(err, GW_ERR_CONFIG, "cluster: %s is no address to listen at", at->host);
	cluster->fd = socket(AF_INET6, kind, 0);
	if (cluster->fd < 0 && errno == EAFNOSUPPORT) {
		cluster->is_four = true;
		cluster->fd = socket(AF_INET, kind, 0);
	}
	if (cluster->fd < 0)
		return error_set(err, GW_ERR_SYSTEM, "cluster: no socket: %s", strerror(errno));
	struct sockaddr_in four = as_four(&address);

	if (!is_four(&address)) /* [::] of a machine without IPv6 */
		four.sin_addr.s_addr = htonl(INADDR_ANY);
	/* the buffer is more than is needed; a smaller one serves too */
	(void)setsockopt(cluster->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (cluster->is_four)
		failed = bind(cluster->fd, (const struct sockaddr *)&four, sizeof(four));
	else
		failed = setsockopt(cluster->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
			 bind(cluster->fd, (const struct sockaddr *)&address, sizeof(address));
	return failed ? error_set(err, GW_ERR_SYSTEM, "cluster: port %u of %s cannot be listened at: %s", at->port,
				  at->host, strerror(errno))
		      : GW_OK;
}

gw_status cluster_socket_new(struct cluster_socket **ret, struct loop *loop, const struct cluster_address *at,
			     const struct cluster_node *nodes, const struct cluster_keys *keys, struct peers *peers,
			     const struct socket_events *events, struct error *err)
{
	struct cluster_socket *cluster = xcalloc(1, sizeof(*cluster));

	*cluster = (struct cluster_socket){.loop = loop,
					   .fd = -1,
					   .keys = keys,
					   .peers = peers,
					   .events = *events,
					   .count = peers_count(peers),
					   .last_ms = INT64_MIN};
	gw_status status = listen_at(cluster, at, err);

	if (status) {
		cluster_socket_free(cluster);
		return status;
	}
	for (size_t n = 0; n < cluster->count; n++)
		if (n != peers_own(peers))
			take_node(cluster, &cluster->nodes[n], &nodes[n]);
	cluster->loop_fd = loop_fd_new(loop, cluster->fd, on_readable, NULL, cluster);
	cluster->timer = loop_timer_new(loop, on_timer, cluster);
	loop_timer_set(cluster->timer, 0);
	*ret = cluster;
	return GW_OK;
}

void cluster_socket_free(struct cluster_socket *cluster)
{
	if (!cluster)
		return;
	for (size_t n = 0; n < cluster->count; n++)
		for (size_t e = 0; e < cluster->nodes[n].count; e++)
			resolve_cancel(cluster->nodes[n].entries[e].resolve);
	loop_timer_free(cluster->timer);
	loop_fd_free(cluster->loop_fd);
	if (cluster->fd >= 0)
		close(cluster->fd);
	free(cluster);
}

const struct socket_counts *cluster_socket_counts(const struct cluster_socket *cluster)
{
	return &cluster->counts;
}

uint16_t cluster_socket_port(const struct cluster_socket *cluster)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} at = {.any = {0}};
	socklen_t len = sizeof(at);

	if (getsockname(cluster->fd, &at.any, &len) != 0)
		return 0;
	return ntohs(at.any.sa_family == AF_INET ? at.four.sin_port : at.six.sin6_port);
}
