// SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0)
/*
 * What runs and talks on this node. Tells and never hinders; `firewall.bpf.c` hinders.
 *
 * Required are the programs on BTF tracepoints and cgroup hooks: they load without tracefs,
 * without kprobes and without trampolines, and tax nothing but what they look at. The programs
 * on `tp/syscalls` are extra, one by one: any of them makes every system call of the node a
 * little slower.
 */
#include "program.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define OVERLAYFS_MAGIC 0x794c7630

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} bulk SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

/* What is known of an outward TCP connection until it ends. Goes with its socket. */
struct opening {
	u64 time;
	u64 start;
	u32 pid;
	u32 counted;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct opening);
} openings SEC(".maps");

/*
 * What an exec record is put together in; execs do not interrupt each other on a processor. The
 * other records are here so that the object's types name them, for the test of their layout.
 */
union room {
	struct exec exec;
	struct flow_record flow;
	struct listen_record listen;
	struct dns_record dns;
	struct call_record call;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, union room);
} exec_room SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_record);
} cgroup_room SEC(".maps");

/* What the sensor may turn while it runs. */
struct setting {
	u64 fold_execs;		/* nanoseconds within which equal execs are told once; 0: all are told */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct setting);
} settings SEC(".maps");

struct exec_key {
	u64 cgroup;
	u64 inode;
	u64 words[4];		/* the beginning of the arguments, folded */
	u32 device;
	u32 uid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct exec_key);
	__type(value, u64);
} execs_told SEC(".maps");

static __always_inline int tell(void *record, u32 size, u32 kind)
{
	long refused = bpf_ringbuf_output(&bulk, record, size, lazily(&bulk));

	count(kind, !refused);
	return 0;
}

/* ---- processes ---- */

/* How much of the arguments, at each end, tells one exec from another. */
#define FOLD_BYTES 128

/* Whether the same program was run with the same arguments in the same container just now. */
static __always_inline bool told_just_now(struct exec *exec, const u64 *words, u64 within)
{
	struct exec_key key = {};
	u64 now = exec->header.time;
	u64 *told;

	key.cgroup = exec->header.cgroup;
	key.inode = exec->inode;
	key.device = exec->device;
	key.uid = exec->header.uid;
#pragma unroll
	for (int i = 0; i < 2 * FOLD_BYTES / 8; i++)
		key.words[i & 3] = (key.words[i & 3] ^ words[i]) * 0x9e3779b97f4a7c15ull;
	told = bpf_map_lookup_elem(&execs_told, &key);
	if (told && now - *told < within)
		return true;
	bpf_map_update_elem(&execs_told, &key, &now, BPF_ANY);
	return false;
}

/*
 * The path of the file, its last part first. bpf_d_path may not be called here. Goes through
 * mounts up to the root of the container, which is where its mount has no parent but itself.
 */
static __always_inline u32 read_path(struct exec *exec, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *vfsmount = file->f_path.mnt;
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct dentry *root = BPF_CORE_READ(vfsmount, mnt_root);
	u32 at = 0;

	for (int i = 0; i < EXEC_PARTS; i++) {
		const unsigned char *name;
		struct dentry *parent;
		long got;

		if (dentry == root) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return at;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			root = BPF_CORE_READ(mount, mnt.mnt_root);
			if (dentry == root)
				continue;
			exec->flags |= EXEC_MOUNTED;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		name = BPF_CORE_READ(dentry, d_name.name);
		if (parent == dentry && i > 0)
			return at;
		got = bpf_probe_read_kernel_str(exec->text + (at & 255), EXEC_PART, name);
		if (got <= 0)
			return at;
		at += got;
		if (at > 255)
			break;
		/* An anonymous file is its own root. */
		if (parent == dentry)
			return at;
		dentry = parent;
	}
	exec->flags |= EXEC_PATH_CUT;
	return at;
}

/*
 * sched_process_exec: the only hook that sees every successful exec, once, with the new image in
 * place and before its first instruction; since 5.5 with BTF. Failed execs are not seen.
 * An exec by another thread than the leader has taken over the leader's pid here already.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	u32 zero = 0;
	union room *room = bpf_map_lookup_elem(&exec_room, &zero);
	struct exec *exec = &room->exec;
	struct setting *setting = bpf_map_lookup_elem(&settings, &zero);
	struct file *file = binprm->file;
	struct inode *inode = file->f_inode;
	struct mm_struct *mm = task->mm;
	struct pid *numbers = task->thread_pid;
	u64 path_size, asked_size, args_size;
	long got;

	if (!room || !setting)
		return 0;
	head(&exec->header, RECORD_EXEC, task);
	exec->header.tid = old_pid;
	exec->inode = inode->i_ino;
	exec->device = inode->i_sb->s_dev;
	exec->argc = binprm->argc;
	exec->flags = 0;
	exec->zero = 0;
	bpf_probe_read_kernel(&exec->capabilities, sizeof(exec->capabilities),
			      &task->cred->cap_effective);
	bpf_probe_read_kernel(&exec->inner_pid, sizeof(exec->inner_pid),
			      (void *)&numbers->numbers + numbers->level * sizeof(struct upid));
	if (inode->i_nlink == 0)
		exec->flags |= EXEC_UNLINKED;
	if (binprm->interp != binprm->filename)
		exec->flags |= EXEC_SCRIPT;
	if (inode->i_sb->s_magic == OVERLAYFS_MAGIC) {
		/* The layout of ovl_inode differs between builds of one version: never by sizeof. */
		struct ovl_inode *layers =
			(void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);

		exec->flags |= EXEC_OVERLAY;
		if (BPF_CORE_READ(layers, __upperdentry))
			exec->flags |= EXEC_UPPER;
	}

	args_size = mm ? mm->arg_end - mm->arg_start : 0;
	if (args_size > EXEC_ARGS - 1) {
		args_size = EXEC_ARGS - 1;
		exec->flags |= EXEC_CUT;
	}
	asm volatile("" : "+r"(args_size));
	args_size &= EXEC_ARGS - 1;
	if (mm && setting->fold_execs) {
		u64 words[2 * FOLD_BYTES / 8] = {};
		u64 all = mm->arg_end - mm->arg_start;
		u32 part = all < FOLD_BYTES ? all : FOLD_BYTES;

		bpf_probe_read_user(words, part, (void *)mm->arg_start);
		/* Both ends and the length: padding before what differs must not hide it. */
		bpf_probe_read_user(words + FOLD_BYTES / 8, part, (void *)(mm->arg_end - part));
		words[0] ^= all << 32;
		if (told_just_now(exec, words, setting->fold_execs)) {
			/* Which program it is now must be known all the same; flows are told by it. */
			exec->flags |= EXEC_FOLDED;
			args_size = 0;
			count_folded(RECORD_EXEC);
		}
	}

	path_size = read_path(exec, file);
	if (exec->text[0] == 'm' && exec->text[1] == 'e' && exec->text[2] == 'm' &&
	    exec->text[3] == 'f' && exec->text[4] == 'd' && exec->text[5] == ':')
		exec->flags |= EXEC_MEMFD;
	if (path_size > EXEC_PATH - 1)
		path_size = EXEC_PATH - 1;
	asm volatile("" : "+r"(path_size));
	path_size &= 511;

	got = bpf_probe_read_kernel_str(exec->text + path_size, EXEC_ASKED, binprm->filename);
	asked_size = got < 0 ? 0 : got;
	asm volatile("" : "+r"(asked_size));
	asked_size &= EXEC_ASKED - 1;

	if (mm && bpf_probe_read_user(exec->text + path_size + asked_size, args_size,
				      (void *)mm->arg_start))
		args_size = 0;
	exec->path_size = path_size;
	exec->asked_size = asked_size;
	exec->args_size = args_size;
	return tell(exec, offsetof(struct exec, text) + path_size + asked_size + args_size,
		    RECORD_EXEC);
}

/* sched_process_fork: parents of what never execs, and the chain above what does. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct header record;

	if (child->pid != child->tgid)
		return 0;	/* a thread */
	head(&record, RECORD_FORK, child);
	/* CLONE_PARENT and a dying parent make real_parent another; who called is what we tell. */
	record.parent = parent->tgid;
	record.parent_start = parent->group_leader->start_boottime;
	return tell(&record, sizeof(record), RECORD_FORK);
}

/* sched_process_exit: told when the last thread goes, with the code that the parent will see. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct header record;

	if (task->signal->live.counter != 0)
		return 0;
	head(&record, RECORD_EXIT, task);
	record.extra = task->exit_code;
	return tell(&record, sizeof(record), RECORD_EXIT);
}

/* iter/task, since 5.8: every process at one time, with its exact start. */
SEC("iter/task")
int on_each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct running running = {};

	if (!task || task->pid != task->tgid)
		return 0;
	running.start = task->start_boottime;
	running.cgroup = cgroup_of(task);
	running.pid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &running, sizeof(running));
	return 0;
}

/* ---- containers ---- */

static __always_inline int on_cgroup(u32 kind, struct cgroup *group, const char *path)
{
	u32 zero = 0;
	struct cgroup_record *record = bpf_map_lookup_elem(&cgroup_room, &zero);
	struct cgroup_subsys_state *above = group->self.parent;
	long got;

	if (!record || group->root->hierarchy_id != hierarchy)
		return 0;
	head(&record->header, kind, bpf_get_current_task_btf());
	record->header.cgroup = group->kn->id;
	record->parent = above ? above->cgroup->kn->id : 0;
	record->level = group->level;
	got = bpf_probe_read_kernel_str(record->path, sizeof(record->path), path);
	record->size = got < 0 ? 0 : got;
	got = bpf_ringbuf_output(&urgent, record, sizeof(*record), BPF_RB_FORCE_WAKEUP);
	count(kind, !got);
	return 0;
}

/*
 * cgroup_mkdir: the path holds the pod's UID and the container's id, before any process is in it.
 * Fires for every hierarchy; one is meant.
 */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_added, struct cgroup *group, const char *path)
{
	return on_cgroup(RECORD_CGROUP_ADDED, group, path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_removed, struct cgroup *group, const char *path)
{
	return on_cgroup(RECORD_CGROUP_REMOVED, group, path);
}

/* ---- connections ---- */

static __always_inline void tell_flow(struct flow_key *key, struct header *header)
{
	struct flow_record record;

	record.header = *header;
	record.key = *key;
	tell(&record, sizeof(record), RECORD_FLOW);
}

/*
 * Finds the flow or makes it. The first sight of a flow is told; all after that is counted in the
 * map, which the sensor reads from time to time. A flow pushed out of the map is told anew.
 */
static __always_inline struct flow *flow_by_process(struct flow_key *key, bool announce)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	struct flow made = {};
	struct header header;

	if (flow && (flow->announced || !announce))
		return flow;
	head(&header, RECORD_FLOW, bpf_get_current_task_btf());
	if (!flow) {
		made.first = header.time;
		made.last = header.time;
		made.start = header.start;
		made.pid = header.pid;
		made.announced = announce;
		__builtin_memcpy(made.comm, header.comm, sizeof(made.comm));
		bpf_map_update_elem(&flows, key, &made, BPF_NOEXIST);
		flow = bpf_map_lookup_elem(&flows, key);
	} else {
		flow->announced = 1;
	}
	if (announce)
		tell_flow(key, &header);
	return flow;
}

/* As above, where the current task has nothing to do with the packet. */
static __always_inline struct flow *flow_by_packet(struct flow_key *key)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, key);
	struct flow made = {};
	struct header header = {};

	if (flow && flow->announced)
		return flow;
	header.time = bpf_ktime_get_boot_ns();
	header.kind = RECORD_FLOW;
	header.cgroup = key->cgroup;
	if (flow) {
		flow->announced = 1;
		header.pid = flow->pid;
		header.start = flow->start;
		__builtin_memcpy(header.comm, flow->comm, sizeof(header.comm));
	} else {
		made.first = header.time;
		made.last = header.time;
		made.announced = 1;
		bpf_map_update_elem(&flows, key, &made, BPF_NOEXIST);
		flow = bpf_map_lookup_elem(&flows, key);
	}
	tell_flow(key, &header);
	return flow;
}

static __always_inline int on_outward(struct bpf_sock_addr *ctx, struct flow_key *key)
{
	bool is_tcp = ctx->protocol == IPPROTO_TCP;
	struct flow *flow;

	key->cgroup = cgroup_of(bpf_get_current_task_btf());
	key->port = bpf_ntohs(ctx->user_port);
	key->protocol = ctx->protocol;
	key->direction = OUTWARD;
	if (!is_tcp && ctx->protocol != IPPROTO_UDP)
		return 1;
	/*
	 * A UDP connect sends nothing: resolvers connect to compare addresses. It only notes whose
	 * socket it is; the first packet tells the flow.
	 */
	flow = flow_by_process(key, is_tcp);
	if (!flow)
		return 1;
	flow->last = bpf_ktime_get_boot_ns();
	if (is_tcp)
		__sync_fetch_and_add(&flow->attempts, 1);
	return 1;
}

/*
 * cgroup/connect: sees the address that the program asked for, before kube-proxy turns a Service
 * into a pod, and connects that fail before a packet leaves. v2 only; in the calling task.
 */
SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *ctx)
{
	struct flow_key key = {};

	v4_mapped(key.address, ctx->user_ip4);
	return on_outward(ctx, &key);
}

static __always_inline void address6(struct flow_key *key, struct bpf_sock_addr *ctx)
{
	u32 words[4];

	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	__builtin_memcpy(key->address, words, 16);
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *ctx)
{
	struct flow_key key = {};

	address6(&key, ctx);
	return on_outward(ctx, &key);
}

/* cgroup/sendmsg: UDP that is sent without connect. Whose socket it is; the packets are counted below. */
SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx)
{
	struct flow_key key = {};

	v4_mapped(key.address, ctx->user_ip4);
	return on_outward(ctx, &key);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx)
{
	struct flow_key key = {};

	address6(&key, ctx);
	return on_outward(ctx, &key);
}

static __always_inline int tell_listen(u8 *address, u16 port, u8 protocol, bool open)
{
	struct listen_record record = {};

	head(&record.header, RECORD_LISTEN, bpf_get_current_task_btf());
	__builtin_memcpy(record.address, address, 16);
	record.port = port;
	record.protocol = protocol;
	record.open = open;
	return tell(&record, sizeof(record), RECORD_LISTEN);
}

/* cgroup/post_bind: UDP has no listen; a bind to a port of one's choice is as near as it gets. */
SEC("cgroup/post_bind4")
int on_bind4(struct bpf_sock *ctx)
{
	u8 address[16];

	if (ctx->protocol != IPPROTO_UDP || ctx->src_port == 0)
		return 1;
	v4_mapped(address, ctx->src_ip4);
	tell_listen(address, ctx->src_port, IPPROTO_UDP, true);
	return 1;
}

SEC("cgroup/post_bind6")
int on_bind6(struct bpf_sock *ctx)
{
	u32 words[4];

	if (ctx->protocol != IPPROTO_UDP || ctx->src_port == 0)
		return 1;
	words[0] = ctx->src_ip6[0];
	words[1] = ctx->src_ip6[1];
	words[2] = ctx->src_ip6[2];
	words[3] = ctx->src_ip6[3];
	tell_listen((u8 *)words, ctx->src_port, IPPROTO_UDP, true);
	return 1;
}

/* enum values of include/net/tcp_states.h, part of the user interface */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_CLOSE 7
#define TCP_LISTEN 10
#define ECONNRESET 104
#define EPIPE 32

static __always_inline void peer_of(const struct sock *sk, u8 *address)
{
	if (sk->__sk_common.skc_family == AF_INET6)
		bpf_probe_read_kernel(address, 16, &sk->__sk_common.skc_v6_daddr);
	else
		v4_mapped(address, sk->__sk_common.skc_daddr);
}

static __always_inline void own_of(const struct sock *sk, u8 *address)
{
	if (sk->__sk_common.skc_family == AF_INET6)
		bpf_probe_read_kernel(address, 16, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		v4_mapped(address, sk->__sk_common.skc_rcv_saddr);
}

/*
 * inet_sock_set_state: every TCP connection's life, in whatever context: the current task means
 * nothing once packets drive it, so the group is the socket's own.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, const struct sock *sk, const int old, const int new)
{
	struct flow_key key = {};
	struct opening *opening;
	struct flow *flow;
	u64 now;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	/* What is accepted begins as a copy of its listener: from LISTEN to SYN_RECV is no end. */
	if (new == TCP_LISTEN || (old == TCP_LISTEN && new == TCP_CLOSE)) {
		u8 address[16];

		own_of(sk, address);
		return tell_listen(address, sk->__sk_common.skc_num, IPPROTO_TCP, new == TCP_LISTEN);
	}
	if (new == TCP_SYN_SENT) {
		struct task_struct *task = bpf_get_current_task_btf();

		opening = bpf_sk_storage_get(&openings, (void *)sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!opening)
			return 0;
		opening->time = bpf_ktime_get_boot_ns();
		opening->pid = task->tgid;
		opening->start = task->group_leader->start_boottime;
		return 0;
	}
	if (new != TCP_ESTABLISHED && new != TCP_CLOSE)
		return 0;

	now = bpf_ktime_get_boot_ns();
	key.cgroup = hierarchy == 0 ? sk->sk_cgrp_data.cgroup->kn->id : 0;
	key.protocol = IPPROTO_TCP;
	peer_of(sk, key.address);
	opening = bpf_sk_storage_get(&openings, (void *)sk, 0, 0);
	if (opening || old == TCP_SYN_SENT) {
		key.port = bpf_ntohs(sk->__sk_common.skc_dport);
		key.direction = OUTWARD;
	} else {
		/* skc_num is zero by now where the server left the choice of its port to the kernel. */
		key.port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
		key.direction = INWARD;
	}
	if (new == TCP_ESTABLISHED) {
		if (key.direction == INWARD)
			flow = flow_by_packet(&key);
		else
			flow = bpf_map_lookup_elem(&flows, &key);
		if (!flow)
			return 0;
		flow->last = now;
		__sync_fetch_and_add(&flow->established, 1);
		if (key.direction == INWARD)
			__sync_fetch_and_add(&flow->attempts, 1);
		if (opening) {
			u64 took = now - opening->time;

			__sync_fetch_and_add(&flow->latency, took);
			/* Two at once may lose the longer one; a compare-and-swap is not worth it. */
			if (took > flow->latency_max)
				flow->latency_max = took;
		}
		return 0;
	}

	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow) {
		if (opening)
			return 0;
		/* Begun before the sensor: which side asked is not known from the socket. */
		key.port = bpf_ntohs(sk->__sk_common.skc_dport);
		key.direction = OUTWARD;
		flow = bpf_map_lookup_elem(&flows, &key);
	}
	if (!flow)
		return 0;
	flow->last = now;
	if (old == TCP_SYN_SENT) {
		flow->error = sk->sk_err;
		__sync_fetch_and_add(&flow->failed, 1);
		return 0;
	}
	if (old == TCP_SYN_RECV)
		return 0;
	__sync_fetch_and_add(&flow->closed, 1);
	if (sk->sk_err == ECONNRESET || sk->sk_err == EPIPE) {
		flow->error = sk->sk_err;
		__sync_fetch_and_add(&flow->resets, 1);
	}
	__sync_fetch_and_add(&flow->sent, BPF_CORE_READ((struct tcp_sock *)sk, bytes_acked));
	__sync_fetch_and_add(&flow->received, BPF_CORE_READ((struct tcp_sock *)sk, bytes_received));
	return 0;
}

/* ---- packets: UDP's bytes, and names ---- */

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define DNS_PORT 53

struct udp_packet {
	u8 from[16];
	u8 to[16];
	u16 from_port;
	u16 to_port;
	u32 payload;		/* where it begins */
};

static __always_inline bool read_udp(struct __sk_buff *skb, struct udp_packet *packet)
{
	u16 ports[2];
	u32 at;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		u8 ip[20];
		u32 word;

		if (bpf_skb_load_bytes(skb, 0, ip, sizeof(ip)) || ip[9] != IPPROTO_UDP)
			return false;
		at = (ip[0] & 15) * 4;
		/* A later fragment has no ports. */
		if ((ip[6] & 0x1f) || ip[7])
			return false;
		__builtin_memcpy(&word, ip + 12, 4);
		v4_mapped(packet->from, word);
		__builtin_memcpy(&word, ip + 16, 4);
		v4_mapped(packet->to, word);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		u8 ip[40];

		if (bpf_skb_load_bytes(skb, 0, ip, sizeof(ip)) || ip[6] != IPPROTO_UDP)
			return false;
		at = 40;
		__builtin_memcpy(packet->from, ip + 8, 16);
		__builtin_memcpy(packet->to, ip + 24, 16);
	} else {
		return false;
	}
	if (bpf_skb_load_bytes(skb, at, ports, sizeof(ports)))
		return false;
	packet->from_port = bpf_ntohs(ports[0]);
	packet->to_port = bpf_ntohs(ports[1]);
	packet->payload = at + 8;
	return true;
}

static __always_inline void tell_name(struct __sk_buff *skb, struct udp_packet *packet,
				      u64 cgroup, struct flow *flow, bool answer)
{
	struct dns_record *record = bpf_ringbuf_reserve(&bulk, sizeof(*record), 0);
	u32 size = skb->len - packet->payload;

	if (!record) {
		count(RECORD_DNS, false);
		return;
	}
	__builtin_memset(&record->header, 0, sizeof(record->header));
	record->header.time = bpf_ktime_get_boot_ns();
	record->header.cgroup = cgroup;
	record->header.kind = RECORD_DNS;
	if (flow) {
		record->header.pid = flow->pid;
		record->header.start = flow->start;
		__builtin_memcpy(record->header.comm, flow->comm, sizeof(flow->comm));
	}
	__builtin_memcpy(record->server, answer ? packet->from : packet->to, 16);
	record->port = DNS_PORT;
	record->answer = answer;
	record->zero[0] = record->zero[1] = record->zero[2] = 0;
	record->size = size;
	if (size > DNS_PAYLOAD)
		size = DNS_PAYLOAD;
	asm volatile("" : "+r"(size));
	if (size == 0 || size > DNS_PAYLOAD ||
	    bpf_skb_load_bytes(skb, packet->payload, record->payload, size)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return;
	}
	bpf_ringbuf_submit(record, lazily(&bulk));
	count(RECORD_DNS, true);
}

static __always_inline void on_udp(struct __sk_buff *skb, bool leaves)
{
	struct udp_packet packet;
	struct flow_key key = {};
	struct flow *flow;

	if (!read_udp(skb, &packet))
		return;
	key.cgroup = bpf_skb_cgroup_id(skb);
	key.protocol = IPPROTO_UDP;
	__builtin_memcpy(key.address, leaves ? packet.to : packet.from, 16);

	/* An answer belongs to the flow that asked, on either side. */
	key.direction = OUTWARD;
	key.port = leaves ? packet.to_port : packet.from_port;
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow) {
		key.direction = INWARD;
		key.port = leaves ? packet.from_port : packet.to_port;
		flow = bpf_map_lookup_elem(&flows, &key);
	}
	if (!flow && leaves) {
		key.direction = OUTWARD;
		key.port = packet.to_port;
	}
	if (!flow || !flow->announced)
		flow = flow_by_packet(&key);
	if (flow) {
		flow->last = bpf_ktime_get_boot_ns();
		if (leaves) {
			__sync_fetch_and_add(&flow->sent, skb->len);
			__sync_fetch_and_add(&flow->attempts, 1);
		} else {
			__sync_fetch_and_add(&flow->received, skb->len);
			__sync_fetch_and_add(&flow->established, 1);
		}
	}
	if (leaves && packet.to_port == DNS_PORT)
		tell_name(skb, &packet, key.cgroup, flow, false);
	if (!leaves && packet.from_port == DNS_PORT)
		tell_name(skb, &packet, key.cgroup, flow, true);
}

/*
 * cgroup_skb: the socket's own group, whatever interface and namespace. Names over TCP, TLS and
 * HTTPS are not seen; connections by address without a name tell of them.
 */
SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *skb)
{
	on_udp(skb, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int on_ingress(struct __sk_buff *skb)
{
	on_udp(skb, false);
	return 1;
}

/* ---- extra: each program is loaded by itself and may be refused ---- */

struct capability_key {
	u64 cgroup;
	u32 capability;
	u32 granted;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct capability_key);
	__type(value, u64);
} capabilities_told SEC(".maps");

/*
 * cap_capable, since 6.14: asked all the time, so a container's use of a capability is told once
 * in ten minutes and counted between.
 */
SEC("tp_btf/cap_capable")
int BPF_PROG(on_capability, const struct cred *cred, struct user_namespace *target,
	     const struct user_namespace *capable, int capability, int refused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct capability_key key = {};
	struct header record;
	u64 now = bpf_ktime_get_boot_ns();
	u64 *told;

	key.cgroup = cgroup_of(task);
	key.capability = capability;
	key.granted = !refused;
	told = bpf_map_lookup_elem(&capabilities_told, &key);
	if (told && now - *told < 600ull * 1000000000) {
		count_folded(RECORD_CAPABILITY);
		return 0;
	}
	bpf_map_update_elem(&capabilities_told, &key, &now, BPF_ANY);
	head(&record, RECORD_CAPABILITY, task);
	record.extra = capability | (refused ? 1u << 31 : 0);
	return tell(&record, sizeof(record), RECORD_CAPABILITY);
}

SEC("tp_btf/module_load")
int BPF_PROG(on_module, struct module *module)
{
	struct call_record record = {};
	long got;

	head(&record.header, RECORD_MODULE, bpf_get_current_task_btf());
	got = bpf_probe_read_kernel_str(record.text, sizeof(module->name), module->name);
	record.size = got < 0 ? 0 : got;
	return tell(&record, sizeof(record), RECORD_MODULE);
}

/* The layout of `tp/syscalls/sys_enter_*` on every 64-bit processor. */
struct call_context {
	u64 common;
	s32 number;
	u32 padding;
	u64 arguments[6];
};

/* What the loader knows a call by; numbers of system calls differ between processors. */
enum call {
	CALL_SETNS = 1,
	CALL_UNSHARE,
	CALL_MOUNT,
	CALL_PIVOT_ROOT,
	CALL_PTRACE,
	CALL_BPF,
	CALL_MEMFD_CREATE,
	CALL_INIT_MODULE,
	CALL_FINIT_MODULE,
	CALL_IO_URING_SETUP,
	CALL_PROCESS_VM_WRITEV,
	CALL_KEYCTL,
	CALL_USERFAULTFD,
	CALL_CHMOD,
	CALL_SYMLINK,
	CALL_LINK,
	CALL_OPEN,
	CALL_OPEN2,
	CALL_CHMOD_PLAIN,
};

/* Reads `count` arguments: a program that reaches beyond what a call has is refused. */
static __always_inline int on_call(struct call_context *ctx, u32 call, int count, int text)
{
	struct call_record record = {};
	long got = 0;

	head(&record.header, RECORD_CALL, bpf_get_current_task_btf());
	record.call = call;
#pragma unroll
	for (int i = 0; i < count; i++)
		record.arguments[i] = ctx->arguments[i];
	if (text >= 0)
		got = bpf_probe_read_user_str(record.text, sizeof(record.text),
					      (void *)ctx->arguments[text]);
	record.size = got < 0 ? 0 : got;
	return tell(&record, sizeof(record), RECORD_CALL);
}

#define CALL_PROGRAM(name, call, count, text)			\
	SEC("tracepoint/syscalls/sys_enter_" #name)		\
	int on_##name(struct call_context *ctx)			\
	{							\
		return on_call(ctx, call, count, text);		\
	}

CALL_PROGRAM(setns, CALL_SETNS, 2, -1)
CALL_PROGRAM(unshare, CALL_UNSHARE, 1, -1)
CALL_PROGRAM(mount, CALL_MOUNT, 4, 1)
CALL_PROGRAM(pivot_root, CALL_PIVOT_ROOT, 2, 0)
CALL_PROGRAM(ptrace, CALL_PTRACE, 4, -1)
CALL_PROGRAM(bpf, CALL_BPF, 3, -1)
CALL_PROGRAM(memfd_create, CALL_MEMFD_CREATE, 2, 0)
CALL_PROGRAM(init_module, CALL_INIT_MODULE, 3, -1)
CALL_PROGRAM(finit_module, CALL_FINIT_MODULE, 3, -1)
CALL_PROGRAM(io_uring_setup, CALL_IO_URING_SETUP, 2, -1)
CALL_PROGRAM(process_vm_writev, CALL_PROCESS_VM_WRITEV, 4, -1)
CALL_PROGRAM(keyctl, CALL_KEYCTL, 4, -1)
CALL_PROGRAM(userfaultfd, CALL_USERFAULTFD, 1, -1)
CALL_PROGRAM(symlinkat, CALL_SYMLINK, 3, 0)
CALL_PROGRAM(linkat, CALL_LINK, 4, 1)

/* chmod matters when it sets the setuid or setgid bit. */
SEC("tracepoint/syscalls/sys_enter_fchmodat")
int on_fchmodat(struct call_context *ctx)
{
	if (!(ctx->arguments[2] & 06000))
		return 0;
	return on_call(ctx, CALL_CHMOD, 3, 1);
}

/* chmod(2) is a call of its own on x86 alone; elsewhere the C library calls fchmodat. */
SEC("tracepoint/syscalls/sys_enter_chmod")
int on_chmod(struct call_context *ctx)
{
	if (!(ctx->arguments[1] & 06000))
		return 0;
	return on_call(ctx, CALL_CHMOD_PLAIN, 2, 0);
}

struct path_key {
	u32 prefix;		/* bits */
	char path[CALL_TEXT];
};

/* The beginnings of paths whose opening is told. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct path_key);
	__type(value, u32);
} paths SEC(".maps");

static __always_inline int on_open(struct call_context *ctx, u32 call)
{
	struct path_key key = {};
	long got = bpf_probe_read_user_str(key.path, sizeof(key.path), (void *)ctx->arguments[1]);

	if (got <= 1)
		return 0;
	key.prefix = CALL_TEXT * 8;
	if (!bpf_map_lookup_elem(&paths, &key))
		return 0;
	return on_call(ctx, call, 4, 1);
}

/*
 * The name as the program passed it: relative names and names swapped by another thread are not
 * seen through. Tells of reading that nobody hides.
 */
SEC("tracepoint/syscalls/sys_enter_openat")
int on_openat(struct call_context *ctx)
{
	return on_open(ctx, CALL_OPEN);
}

SEC("tracepoint/syscalls/sys_enter_openat2")
int on_openat2(struct call_context *ctx)
{
	return on_open(ctx, CALL_OPEN2);
}
