/* SPDX-License-Identifier: MIT
 *
 * Orders to the plugin `puppet`, over an abstract SOCK_SEQPACKET socket of the name in its option `socket`: one packet
 * an order, one packet back. It does, inside the real host and on its loop thread, what a bad plugin could do; what is
 * to be tried and what must come of it is the test's to know.
 */
#ifndef ATTACK_PUPPET_H
#define ATTACK_PUPPET_H

#include <stdint.h>

enum order {
	ORDER_SIGNER = 1, /* value: the signer's pid */
	ORDER_OPEN,	  /* bytes: a path. value: errno, 0: opened */
	ORDER_TRACE,	  /* value: a bit of TRACE_* for each way that worked */
	ORDER_STEAL,	  /* bytes: an int. value: errno of pidfd_getfd of that descriptor of the signer */
	ORDER_SIGNAL,	  /* bytes: an int. value: errno of kill(signer) */
	ORDER_CHANNEL,	  /* value: the signer's channel among the host's own descriptors; -1: not found */
	ORDER_SEND,    /* bytes: a message to the signer. value: 1 and its answer in bytes; 0: it closed the channel */
	ORDER_SCAN,    /* bytes: a pattern, each byte xor SCAN_MASK. value: how often it stands in the host's memory */
	ORDER_DUMP,    /* lifts the limit of core files and aborts: no answer */
	ORDER_EXIT,    /* bytes: an int. _exit: no answer */
	ORDER_SUBMIT,  /* bytes: a gw_intent. value: gw_status; GW_ERR_UNSUPPORTED where gw.submit/1 is NULL */
	ORDER_KILL_AT, /* bytes: struct kill_at: from now on, when a submission of ours enters that state */
	ORDER_NOTICE,  /* bytes: text of a critical notice. value: gw_status */
};

#define TRACE_SEIZE  1
#define TRACE_ATTACH 2
#define TRACE_READV  4

struct kill_at {
	int32_t state;	/* GW_SUBMISSION_* */
	int32_t signer; /* 1: the signer; 0: the host itself, inside the callback */
};

#define SCAN_MASK 0x5a

#define PUPPET_BYTES_MAX 80000
struct puppet_packet {
	int32_t what; /* enum order; the value in what comes back */
	uint32_t len;
	uint8_t bytes[PUPPET_BYTES_MAX];
};
#define PUPPET_HEADER_BYTES 8u

#endif
