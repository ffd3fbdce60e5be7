// SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0)
/*
 * What a workload may not do: addresses it may not talk to, programs it may not start.
 *
 * Hooks on cgroups and a signal at exec, because they need no LSM in the kernel's command line. The
 * programs, their links and their maps are pinned, so that they go on without the sensor; the lease
 * says how long. cgroups of version 2 only. Connections that stand already are not cut.
 */
#include "program.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The node's own mount namespace: what runs in it is the runtime, not yet the container. */
const volatile u32 node_mounts = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u64);
	__type(value, struct guard);
} guards SEC(".maps");

/* Policy 0 is the list of addresses that nobody on the node may talk to. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 131072);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct rule_key);
	__type(value, struct rule);
} rules SEC(".maps");

/* Programs by path, or by the name of the file itself: 1 may not run, 0 may. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct program_key);
	__type(value, u32);
} programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct lease);
} lease SEC(".maps");

/* Too large for the stack; the records are here for the test of their layout. */
union room {
	struct program_key name;
	struct denied_record denied;
	struct killed_record killed;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, union room);
} name_room SEC(".maps");

static __always_inline bool is_over(void)
{
	u32 zero = 0;
	struct lease *held = bpf_map_lookup_elem(&lease, &zero);

	return held && held->until && bpf_ktime_get_boot_ns() > held->until;
}

/* 1 refused, 0 allowed, -1 nothing said. */
static __always_inline int ask(u32 policy, const u8 *address, u16 port, u8 protocol)
{
	struct rule_key key = { .prefix = 32 + 128, .policy = policy };
	struct rule *rule;

	__builtin_memcpy(key.address, address, 16);
	rule = bpf_map_lookup_elem(&rules, &key);
	if (!rule)
		return -1;
	for (u32 i = 0; i < RULE_RANGES; i++) {
		struct range *range = &rule->range[i];

		if (i >= rule->ranges)
			break;
		if (port >= range->low && port <= range->high &&
		    (range->protocol == 0 || range->protocol == protocol))
			return range->deny;
	}
	return rule->deny;
}

static __always_inline int judge(struct bpf_sock_addr *ctx, struct flow_key *asked)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct denied_record record = {};
	struct guard *guard;
	u32 flags = 0, policy = 0;
	int answer = -1;

	asked->cgroup = cgroup_of(task);
	asked->port = bpf_ntohs(ctx->user_port);
	asked->protocol = ctx->protocol;
	asked->direction = OUTWARD;
	guard = bpf_map_lookup_elem(&guards, &asked->cgroup);
	if (guard) {
		flags = guard->flags;
		policy = guard->policy;
		answer = ask(policy, asked->address, asked->port, asked->protocol);
		if (answer < 0)
			answer = !!(flags & GUARD_DENY);
	}
	/* The node's list holds even where the workload's own policy only watches. */
	if (answer <= 0 || flags & GUARD_WATCH) {
		if (ask(0, asked->address, asked->port, asked->protocol) == 1) {
			policy = 0;
			flags = 0;
		} else if (answer <= 0) {
			return 1;
		}
	}
	if (is_over())
		return 1;
	head(&record.header, RECORD_DENIED, task);
	record.key = *asked;
	record.policy = policy;
	record.flags = flags;
	count(RECORD_DENIED,
	      !bpf_ringbuf_output(&urgent, &record, sizeof(record), lazily(&urgent)));
	return flags & GUARD_WATCH ? 1 : 0;
}

/* A refused connect or send is EPERM in the program that asked. */
SEC("cgroup/connect4")
int guard_connect4(struct bpf_sock_addr *ctx)
{
	struct flow_key asked = {};

	v4_mapped(asked.address, ctx->user_ip4);
	return judge(ctx, &asked);
}

SEC("cgroup/sendmsg4")
int guard_sendmsg4(struct bpf_sock_addr *ctx)
{
	struct flow_key asked = {};

	v4_mapped(asked.address, ctx->user_ip4);
	return judge(ctx, &asked);
}

static __always_inline int judge6(struct bpf_sock_addr *ctx)
{
	struct flow_key asked = {};
	u32 words[4];

	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	__builtin_memcpy(asked.address, words, 16);
	return judge(ctx, &asked);
}

/* IPv4 by way of an IPv6 socket comes here, as ::ffff:a.b.c.d, which is how rules are kept. */
SEC("cgroup/connect6")
int guard_connect6(struct bpf_sock_addr *ctx)
{
	return judge6(ctx);
}

SEC("cgroup/sendmsg6")
int guard_sendmsg6(struct bpf_sock_addr *ctx)
{
	return judge6(ctx);
}

/* What a guarded cgroup makes below itself is guarded from its first moment. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(guard_cgroup_added, struct cgroup *group, const char *path)
{
	struct cgroup_subsys_state *above = group->self.parent;
	struct guard *guard;
	u64 id;

	if (group->root->hierarchy_id != hierarchy || !above)
		return 0;
	id = above->cgroup->kn->id;
	guard = bpf_map_lookup_elem(&guards, &id);
	if (!guard)
		return 0;
	id = group->kn->id;
	bpf_map_update_elem(&guards, &id, guard, BPF_ANY);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(guard_cgroup_removed, struct cgroup *group, const char *path)
{
	u64 id = group->kn->id;

	if (group->root->hierarchy_id == hierarchy)
		bpf_map_delete_elem(&guards, &id);
	return 0;
}

#define OVERLAYFS_MAGIC 0x794c7630

static __always_inline int listed(struct program_key *name)
{
	u32 *found = bpf_map_lookup_elem(&programs, name);

	return found ? (int)*found : -1;
}

/*
 * sched_process_exec: after the old program, before the new one's first instruction. The signal is
 * there before the program is. By this hook nothing of the new program runs.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(guard_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	u64 cgroup = cgroup_of(task);
	struct guard *guard = bpf_map_lookup_elem(&guards, &cgroup);
	struct killed_record record = {};
	struct program_key *name;
	struct inode *inode;
	const unsigned char *own;
	u32 zero = 0, reason = 0;
	int by_path, by_name;

	if (!guard)
		return 0;
	/* The runtime's own steps before it enters the container. */
	if (!node_mounts || task->nsproxy->mnt_ns->ns.inum == node_mounts)
		return 0;
	name = bpf_map_lookup_elem(&name_room, &zero);
	if (!name)
		return 0;

	inode = binprm->file->f_inode;
	own = binprm->file->f_path.dentry->d_name.name;
	__builtin_memset(name, 0, sizeof(*name));
	name->policy = guard->policy;
	bpf_probe_read_kernel_str(name->path, sizeof(name->path), own);
	by_name = listed(name);
	if (guard->flags & GUARD_MEMFD && name->path[0] == 'm' && name->path[1] == 'e' &&
	    name->path[2] == 'm' && name->path[3] == 'f' && name->path[4] == 'd' &&
	    name->path[5] == ':')
		reason = GUARD_MEMFD;
	if (guard->flags & GUARD_UPPER && inode->i_sb->s_magic == OVERLAYFS_MAGIC) {
		struct ovl_inode *layers =
			(void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);

		if (BPF_CORE_READ(layers, __upperdentry))
			reason = GUARD_UPPER;
	}
	__builtin_memset(name->path, 0, sizeof(name->path));
	bpf_probe_read_kernel_str(name->path, sizeof(name->path), binprm->filename);
	by_path = listed(name);
	if (!reason) {
		/* Neither the path nor the file itself may be named as refused. */
		if (by_path == 1 || by_name == 1)
			reason = GUARD_DENY;
		else if (guard->flags & GUARD_UNLISTED && by_path < 0 && by_name < 0)
			reason = GUARD_UNLISTED;
		else
			return 0;
	}
	if (is_over())
		return 0;
	if (!(guard->flags & GUARD_WATCH))
		bpf_send_signal(9);
	head(&record.header, RECORD_KILLED, task);
	record.policy = guard->policy;
	record.reason = reason;
	record.flags = guard->flags;
	__builtin_memcpy(record.path, name->path, sizeof(record.path));
	count(RECORD_KILLED,
	      !bpf_ringbuf_output(&urgent, &record, sizeof(record), BPF_RB_FORCE_WAKEUP));
	return 0;
}
