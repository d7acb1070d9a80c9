/* SPDX-License-Identifier: MIT
 *
 * The rules of publishing. docs/design.md "The price feed". State in, event in, actions out; no clock, no I/O. Times of the chain and of
 * what is kept are seconds of chain time (of the wall clock while it is unknown); rounds go by the monotonic clock.
 */
#ifndef PRICE_FEED_FEED_H
#define PRICE_FEED_FEED_H

#include "price.h"
#include "source.h"

#define FEED_STALE_S	   (3 * 86400) /* our feed on chain so old is critical; golosd drops it after 7 days */
#define FEED_STANDS_ROUNDS 3
#define FEED_ROUND_MS	   40000 /* what has not answered by then does not count in this round */
#define FEED_PATIENCE_MS   30000 /* for a node that tells of our feed */
#define FEED_RETRY_S	   600	 /* after a publication that failed, and longer with each */

struct feed_options {
	char witness[GW_ACCOUNT_SIZE];
	struct formula formula;
	struct quantity quantities[FORMULA_NAMES_MAX];
	uint32_t quantity_count;
	struct source sources[QUANTITY_SOURCES_MAX];
	uint32_t source_count;
	int64_t every_s, interval_s, max_age_s;
	int64_t takeover_step_s;  /* each place in `order` waits so much longer */
	int64_t max_change_for_s; /* a big change stands for FEED_STANDS_ROUNDS rounds and so long */
	struct decimal min_change, max_change, max_from_median; /* percent of the lower one */
	struct decimal bias;
	uint32_t place; /* in `order`: 0 is the first */
	bool has_order;
	bool first_ok;
	bool dry_run;
};

enum feed_action_type { FEED_ASK_RPC, FEED_ASK_HTTP, FEED_SUBMIT, FEED_NOTICE, FEED_SAVE, FEED_WAKE };

struct feed_action {
	enum feed_action_type type;
	uint32_t ask;			 /* ASK: goes back with feed_asked */
	uint32_t source;		 /* ASK_HTTP: place in `sources` */
	const char *api, *method, *args; /* ASK_RPC: borrowed until the next event */
	int32_t severity;		 /* NOTICE */
	const char *code;		 /* NOTICE: static text */
	int64_t delay_ms;		 /* WAKE */
	char text[GW_TEXT_SIZE];	 /* NOTICE */
	struct gw_intent intent;	 /* SUBMIT */
};

/* Why nothing is published, or that it is; of the newest round. */
enum feed_verdict {
	FEED_NO_ROUND,
	FEED_CHAIN_UNKNOWN,
	FEED_NO_WITNESS,
	FEED_PRICE_UNKNOWN,
	FEED_NOT_DUE,
	FEED_TOO_SOON,
	FEED_FAR_FROM_MEDIAN,
	FEED_BIG_CHANGE,
	FEED_FIRST_WAITS,
	FEED_HELD,
	FEED_IN_FLIGHT, /* from here on nothing else holds */
	FEED_AFTER_FAILURE,
	FEED_NOT_OUR_TURN,
	FEED_DRY_RUN,
	FEED_PUBLISHES,
	FEED_WOULD_PUBLISH, /* of a round that publishes nothing: an operator's try */
};

/* An operator's `try` or `publish`: a round of its own, as soon as none runs and, to publish, nothing is on its way. */
enum feed_order_state {
	FEED_ORDER_NONE,
	FEED_ORDER_WAITS,
	FEED_ORDER_ASKS,
	FEED_ORDER_SENT, /* handed to the host, in no block yet */
	FEED_ORDER_DONE,
	FEED_ORDER_FAILED,
};

struct feed_order {
	enum feed_order_state state;
	bool publishes;
	bool yes;		 /* even under dry_run */
	uint32_t number;	 /* rises with each */
	uint32_t block;		 /* DONE, publishes: it holds the price */
	char text[GW_TEXT_SIZE]; /* a sentence on how it stands */
};

#define FEED_ASK_WITNESS 0
#define FEED_ASK_HISTORY 1
#define FEED_ASK_SOURCES 2 /* the first source's */
#define FEED_ASKS_MAX	 (FEED_ASK_SOURCES + QUANTITY_SOURCES_MAX)
#define FEED_NOTICES_MAX 24

enum feed_ask_state { FEED_ASK_DONE, FEED_ASK_TODO, FEED_ASK_SENT };

struct feed_ask {
	enum feed_ask_state state;
	uint64_t id;
};

/* What a source said in the newest round. */
struct feed_source {
	struct decimal value;
	int64_t age_s;
	bool is_sound;		 /* `value` counts */
	bool agrees;		 /* with the median of its quantity */
	bool said;		 /* people know that it is bad */
	uint32_t bad;		 /* rounds in a row */
	char text[GW_TEXT_SIZE]; /* what is wrong; "" nothing */
};

struct feed_rate {
	struct decimal price;
	int64_t time_s;
	bool is_known;
	bool is_reversed; /* GOLOS is its base: golosd sorts it apart from all others */
};

struct feed_notice {
	int32_t severity;
	const char *code;
	char text[GW_TEXT_SIZE];
};

struct feed {
	struct feed_options options;
	/* the round */
	struct feed_ask asks[FEED_ASKS_MAX];
	bool runs;
	int64_t begun_ms, next_ms, busy_until_ms; /* monotonic */
	/* its answers */
	bool witness_answered, exists, history_answered;
	struct feed_rate own, median;
	struct feed_source sources[QUANTITY_SOURCES_MAX];
	struct decimal values[FORMULA_NAMES_MAX]; /* of the quantities; zero: not known */
	struct feed_rate price;
	enum feed_verdict verdict;
	char why[GW_TEXT_SIZE];
	int64_t waits_since_s; /* for the nodes before us in `order`; 0: something else holds, or nothing is due */
	/* what lasts */
	struct {
		uint32_t rounds; /* in which a price so far from our feed was seen */
		int64_t first_s;
		struct decimal price, from; /* the first of them; our feed then */
	} change;
	int64_t published_s;	/* the last one that a block held; 0: none known */
	int64_t submitted_s;	/* the newest one was handed to the host; 0: none was */
	int64_t not_before_s;	/* after a failure */
	uint32_t failures;	/* in a row */
	enum feed_verdict said; /* of which people know */
	bool said_no_median;
	int64_t said_stale_s;
	struct {
		bool on;
		int64_t until_s; /* wall clock; 0: until resume */
		char by[64];
	} hold;
	struct feed_order order; /* the newest; a restart forgets it */
	/* the submission in flight */
	bool in_flight;
	uint64_t ended; /* the newest submission that is over */
	/* what goes out */
	bool owes_submit, owes_save, owes_wake;
	struct gw_intent intent;
	uint32_t notice_count;
	struct feed_notice notices[FEED_NOTICES_MAX];
};

/* Warns where nothing says which of several nodes publishes. */
void feed_init(struct feed *f, const struct feed_options *options);
/* The first round begins with the first node that is connected, or FEED_PATIENCE_MS later. */
void feed_start(struct feed *f, const struct gw_now *now);
/* The driving node is connected: where the chain could not be asked yet, a round begins. */
void feed_connected(struct feed *f, const struct gw_now *now);
void feed_timer(struct feed *f, const struct gw_now *now);
/* What became of an ASK action: GW_ERR_BUSY is asked again a little later. */
void feed_asked(struct feed *f, uint32_t ask, gw_status status, uint64_t id, const struct gw_now *now);
/* is_rpc: `id` is one of gw.rpc/1, else of gw.http/1; age_s: of the answer, as the server says; where status is not GW_OK, body may say why. */
void feed_answered(struct feed *f, bool is_rpc, uint64_t id, gw_status status, const char *body, size_t len,
		   int64_t age_s, const struct gw_now *now);
/* What became of a SUBMIT action. */
void feed_submitted(struct feed *f, gw_status status, uint64_t id, const struct gw_now *now);
void feed_submission(struct feed *f, const struct gw_submission_event *event);
gw_status feed_command(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE]);

/* The next thing to do; false: nothing more. */
bool feed_next(struct feed *f, const struct gw_now *now, struct feed_action *ret);

const char *feed_verdict_name(enum feed_verdict verdict);

/* What survives a restart, as one versioned text. feed_load refuses what it cannot read whole and changes nothing. */
#define FEED_SAVE_SIZE 2048
NODISCARD gw_status feed_save(const struct feed *f, char ret[FEED_SAVE_SIZE]);
NODISCARD gw_status feed_load(struct feed *f, const char *text, size_t len);

/* State for people, a JSON object. GW_ERR_RANGE: it does not fit. */
NODISCARD gw_status feed_status(const struct feed *f, const struct gw_now *now, char *ret, size_t cap);

#endif
