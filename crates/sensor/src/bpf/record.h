/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * What the programs and the loader share: records, flows, rules. Once here, and once in
 * `record.rs`; a test holds both together by the BTF of the compiled object.
 *
 * All fields stand at their natural alignment without holes, so that the layout is the same
 * on every 64-bit processor. Addresses are IPv6, IPv4 as ::ffff:a.b.c.d, in network order.
 */
#ifndef CATSEYE_RECORD_H
#define CATSEYE_RECORD_H

enum record_kind {
	RECORD_EXEC = 1,
	RECORD_FORK = 2,
	RECORD_EXIT = 3,
	RECORD_FLOW = 4,
	RECORD_LISTEN = 5,
	RECORD_DNS = 6,
	RECORD_CGROUP_ADDED = 7,
	RECORD_CGROUP_REMOVED = 8,
	RECORD_CAPABILITY = 9,
	RECORD_CALL = 10,
	RECORD_MODULE = 11,
	RECORD_DENIED = 12,
	RECORD_KILLED = 13,
	RECORD_KINDS = 16,
};

/* Opens every record. `start` with `pid` names a process for as long as the node is up. */
struct header {
	u64 time;		/* nanoseconds since boot */
	u64 cgroup;
	u32 kind;
	u32 pid;		/* of the process: what user space calls pid */
	u32 tid;
	u32 parent;
	u64 start;		/* nanoseconds since boot */
	u64 parent_start;
	u32 uid;
	u32 pid_ns;
	u32 mnt_ns;
	u32 net_ns;
	u32 user_ns;
	u32 extra;		/* exit: code; capability: number; fork: 0 */
	char comm[16];
};

#define EXEC_UPPER	1	/* the file was written after the image was unpacked */
#define EXEC_MEMFD	2	/* the file never was in a file system */
#define EXEC_UNLINKED	4	/* the file has no name any more */
#define EXEC_SCRIPT	8	/* `asked` is a script, the program its interpreter */
#define EXEC_CUT	16	/* the arguments did not fit */
#define EXEC_OVERLAY	32	/* the file is in an overlay file system */
#define EXEC_MOUNTED	64	/* the file is on another mount than the root */
#define EXEC_PATH_CUT	128	/* the path did not fit: its beginning is missing */
#define EXEC_FOLDED	256	/* the same was told just now: without arguments, and no event */

#define EXEC_PART	128
#define EXEC_PARTS	12
#define EXEC_PATH	384
#define EXEC_ASKED	256
#define EXEC_ARGS	1024

struct exec {
	struct header header;
	u64 inode;
	u64 capabilities;	/* effective */
	u32 device;
	u32 flags;
	u32 argc;
	u32 inner_pid;
	u16 path_size;
	u16 asked_size;
	u16 args_size;
	u16 zero;
	/*
	 * The real file's path, its last part first, links followed; then the name that was asked
	 * for; then the arguments. Each text ends with a zero.
	 */
	char text[512 + EXEC_ASKED + EXEC_ARGS];	/* the path's mask reaches to 511 */
};

#define OUTWARD	0
#define INWARD	1

struct flow_key {
	u64 cgroup;
	u8 address[16];		/* the other side */
	u16 port;		/* outward: theirs; inward: ours */
	u8 protocol;
	u8 direction;
	u32 zero;
};

struct flow {
	u64 first;
	u64 last;
	u64 sent;		/* bytes, of TCP when a connection ends */
	u64 received;
	u64 latency;		/* sum over `established`, nanoseconds */
	u64 latency_max;
	u64 start;		/* of the process that began it */
	u32 pid;
	u32 attempts;
	u32 established;
	u32 failed;
	u32 resets;
	u32 closed;
	u32 error;		/* errno of the last failure */
	u32 announced;
	char comm[16];
};

struct flow_record {
	struct header header;
	struct flow_key key;
};

struct listen_record {
	struct header header;
	u8 address[16];
	u16 port;
	u8 protocol;
	u8 open;
	u32 zero;
};

#define DNS_PAYLOAD 512

struct dns_record {
	struct header header;
	u8 server[16];
	u16 port;
	u16 size;		/* of the message, which may be longer than the payload */
	u8 answer;
	u8 zero[3];
	u8 payload[DNS_PAYLOAD];
};

#define CGROUP_PATH 512

struct cgroup_record {
	struct header header;	/* of whoever made it; `cgroup` is the one made */
	u64 parent;
	u32 level;
	u32 size;
	char path[CGROUP_PATH];
};

#define CALL_TEXT 128

struct call_record {
	struct header header;
	u64 arguments[4];
	u32 call;
	u32 size;
	char text[CALL_TEXT];
};

/* What runs already when the sensor starts; /proc tells starts in ticks only. */
struct running {
	u64 start;
	u64 cgroup;
	u32 pid;
	u32 zero;
};

/* Per processor and kind: sent + dropped is what was attempted. */
struct count {
	u64 sent;
	u64 dropped;
	u64 folded;		/* left out because the same was told a moment ago */
};

#define RULE_RANGES 16

struct range {
	u16 low;
	u16 high;
	u8 protocol;		/* 0: any */
	u8 deny;
	u8 zero[2];
};

/* What holds for one prefix of one policy: the first range that fits, else `deny`. */
struct rule {
	u32 deny;
	u32 ranges;
	struct range range[RULE_RANGES];
};

struct rule_key {
	u32 prefix;		/* bits of what follows */
	u32 policy;
	u8 address[16];
};

#define GUARD_DENY	1	/* what no rule names is refused */
#define GUARD_UPPER	2	/* executables written after the image are killed */
#define GUARD_MEMFD	4
#define GUARD_UNLISTED	8	/* programs not listed are killed */
#define GUARD_WATCH	16	/* told, not done */

struct guard {
	u32 policy;
	u32 flags;
};

struct program_key {
	u32 policy;
	char path[124];
};

struct denied_record {
	struct header header;
	struct flow_key key;
	u32 policy;
	u32 flags;
};

struct killed_record {
	struct header header;
	u32 policy;
	u32 reason;		/* the GUARD_ flag that decided */
	u32 flags;
	u32 zero;
	char path[124];
	u32 zero2;
};

/* How long the firewall holds without a sensor. */
struct lease {
	u64 until;		/* nanoseconds since boot; 0: for ever (fails closed) */
};

#endif
