/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * What all programs are made of: the two rings, the counters, and who is meant.
 */
#ifndef CATSEYE_PROGRAM_H
#define CATSEYE_PROGRAM_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "record.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

/* Set by the loader before the programs are. */
const volatile u32 hierarchy = 0;	/* the cgroup hierarchy that containers are told by; 0: v2 */
const volatile u32 wake_bytes = 1 << 20;	/* a fuller ring wakes its reader */

/* What must not wait behind a flood: containers that come and go, refusals, kills. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} urgent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORD_KINDS);
	__type(key, u32);
	__type(value, struct count);
} counts SEC(".maps");

static __always_inline void count(u32 kind, bool sent)
{
	struct count *count = bpf_map_lookup_elem(&counts, &kind);

	if (!count)
		return;
	/* Atomic, because a packet may interrupt a system call on the same processor. */
	if (sent)
		__sync_fetch_and_add(&count->sent, 1);
	else
		__sync_fetch_and_add(&count->dropped, 1);
}

static __always_inline void count_folded(u32 kind)
{
	struct count *count = bpf_map_lookup_elem(&counts, &kind);

	if (count)
		__sync_fetch_and_add(&count->folded, 1);
}

/*
 * The reader looks ten times a second by itself. Waking it for each record costs eight times
 * the record, so it is woken only when much has gathered.
 */
static __always_inline u64 lazily(void *ring)
{
	if (bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline u64 cgroup_of(struct task_struct *task)
{
	struct css_set *set = task->cgroups;
	struct cgroup_subsys_state *state;
	u32 controller;

	if (hierarchy == 0)
		return set->dfl_cgrp->kn->id;
	/* Pure v1: all tasks are in the root of v2. The memory controller's groups tell. */
	controller = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	if (bpf_probe_read_kernel(&state, sizeof(state), &set->subsys[controller & 15]))
		return 0;
	return BPF_CORE_READ(state, cgroup, kn, id);
}

static __always_inline void head(struct header *header, u32 kind, struct task_struct *task)
{
	struct task_struct *parent = task->real_parent;
	struct nsproxy *spaces = task->nsproxy;

	header->time = bpf_ktime_get_boot_ns();
	header->cgroup = cgroup_of(task);
	header->kind = kind;
	header->pid = task->tgid;
	header->tid = task->pid;
	header->start = task->group_leader->start_boottime;
	header->parent = parent->tgid;
	header->parent_start = parent->group_leader->start_boottime;
	header->uid = task->cred->uid.val;
	header->user_ns = task->cred->user_ns->ns.inum;
	header->extra = 0;
	if (spaces) {
		header->pid_ns = spaces->pid_ns_for_children->ns.inum;
		header->mnt_ns = spaces->mnt_ns->ns.inum;
		header->net_ns = spaces->net_ns->ns.inum;
	} else {
		header->pid_ns = 0;
		header->mnt_ns = 0;
		header->net_ns = 0;
	}
	bpf_probe_read_kernel(header->comm, sizeof(header->comm), task->comm);
}

static __always_inline void v4_mapped(u8 *address, u32 v4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &v4, 4);
}

#endif
