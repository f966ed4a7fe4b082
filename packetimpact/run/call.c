// SPDX-License-Identifier: Apache-2.0
/* Calls begin, end, and change what the script's descriptors are. */
#include "packetimpact/run/call.h"

#include <string.h>

#include <netinet/in.h>

#include "packetimpact/script/symbol.h"

static const struct sea_run_kind kinds[] = {
	{ SEA_DUT_socket, "dii", true },        { SEA_DUT_bind, "fsl", false },
	{ SEA_DUT_listen, "fi", false },        { SEA_DUT_accept, "fAL", true },
	{ SEA_DUT_accept4, "fALi", true },      { SEA_DUT_connect, "fcl", false },
	{ SEA_DUT_getsockname, "fAL", false },  { SEA_DUT_getpeername, "fAL", false },
	{ SEA_DUT_read, "fRi", false },         { SEA_DUT_readv, "fvi", false },
	{ SEA_DUT_recv, "fRii", false },        { SEA_DUT_recvfrom, "fRiiAL", false },
	{ SEA_DUT_recvmsg, "fmi", false },      { SEA_DUT_write, "fWi", false },
	{ SEA_DUT_writev, "fVi", false },       { SEA_DUT_send, "fWii", false },
	{ SEA_DUT_sendto, "fWiicl", false },    { SEA_DUT_sendmsg, "fMi", false },
	{ SEA_DUT_sendfile, "ffoi", false },    { SEA_DUT_splice, "fofoii", false },
	{ SEA_DUT_pipe, "P", false },           { SEA_DUT_pipe2, "Pi", false },
	{ SEA_DUT_open, "Si?i", true },         { SEA_DUT_dup, "f", true },
	{ SEA_DUT_fcntl, "fi?i", false },       { SEA_DUT_ioctl, "fi?x", false },
	{ SEA_DUT_close, "f", false },          { SEA_DUT_shutdown, "fi", false },
	{ SEA_DUT_getsockopt, "fiiON", false }, { SEA_DUT_setsockopt, "fiiYi", false },
	{ SEA_DUT_poll, "qii", false },         { SEA_DUT_epoll_create, "i", true },
	{ SEA_DUT_epoll_create1, "i", true },   { SEA_DUT_epoll_ctl, "fife", false },
	{ SEA_DUT_epoll_wait, "fEii", false },  { SEA_DUT_cap_set, "iii", false },
};

const struct sea_run_kind *sea_run_kind_of(enum sea_dut_nr nr)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].nr == nr)
			return &kinds[i];
	return NULL;
}

/* ---- descriptors ---- */

struct sea_conn *sea_run_conn_new(struct sea_run *run)
{
	struct sea_conn *conn = sea_run_alloc(run, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->script_fd = conn->live_fd = -1;
	conn->next = run->conns;
	run->conns = conn;
	run->under_test = conn;
	return conn;
}

struct sea_conn *sea_run_conn_of(struct sea_run *run, long script_fd)
{
	struct sea_conn *conn = run->conns;

	while (conn && (script_fd < 0 || conn->script_fd != script_fd))
		conn = conn->next;
	return conn;
}

bool sea_run_fd_live(struct sea_run *run, long script, long *live)
{
	for (struct sea_run_fd *fd = run->fds; fd; fd = fd->next) {
		if (fd->script != script)
			continue;
		*live = fd->live;
		return true;
	}
	*live = script;
	return script < 0; /* what can be no descriptor is the same on both sides */
}

bool sea_run_fd_add(struct sea_run *run, struct sea_script_pos pos, long script, long live)
{
	struct sea_run_fd *fd;
	long other;

	if (script < 0)
		return sea_run_fail(run, pos,
				    "a descriptor was returned, where an error was expected");
	/* one that is in use gives way: packetdrill's scripts accept again under the same number */
	if (sea_run_fd_live(run, script, &other) && other == live)
		return sea_run_fail(run, pos, "descriptor %ld is in use already", script);
	fd = sea_run_alloc(run, sizeof(*fd));
	if (!fd)
		return false;
	*fd = (struct sea_run_fd){ script, live, run->fds };
	run->fds = fd;
	return true;
}

void sea_run_fd_del(struct sea_run *run, long script)
{
	struct sea_run_fd **at = &run->fds;

	while (*at && (*at)->script != script)
		at = &(*at)->next;
	if (*at)
		*at = (*at)->next;
}

/* ---- what a call changes ---- */

static long script_fd_of(const struct sea_run_call *call)
{
	const struct sea_expr *expr = call->n_args ? call->args[0].expr : NULL;

	return expr && expr->kind == SEA_EXPR_INTEGER ? (long)expr->integer : -1;
}

/* A connection begins before the call, for its packets come while the call is made. */
static void note_connect(struct sea_run *run, const struct sea_run_call *call,
			 const struct sea_run_arg *addr)
{
	struct sea_conn *conn = sea_run_conn_of(run, script_fd_of(call));
	const struct sockaddr_storage *to = addr->memory;

	if (!conn || !to)
		return;
	if (to->ss_family == AF_UNSPEC) {
		conn->state = SEA_CONN_NEW;
		return;
	}
	if (conn->state != SEA_CONN_NEW)
		return;
	conn->state = SEA_CONN_CONNECTING;
	conn->has_local = false;
	conn->since = sea_dut_now(run->dut);
	conn->remote = run->config.remote;
	conn->remote_port = run->config.connect_port;
	if (to->ss_family == AF_INET)
		conn->remote_port = ntohs(((const struct sockaddr_in *)(const void *)to)->sin_port);
	else if (to->ss_family == AF_INET6)
		conn->remote_port =
			ntohs(((const struct sockaddr_in6 *)(const void *)to)->sin6_port);
}

static void note_before(struct sea_run *run, struct sea_run_call *call)
{
	for (size_t i = 0; i < call->n_args; i++) {
		if (call->args[i].kind == 'c')
			note_connect(run, call, &call->args[i]);
		else if (call->args[i].kind == 'M' && call->args[i].memory)
			note_connect(run, call,
				     &(struct sea_run_arg){
					     .memory = ((struct msghdr *)call->args[i].memory)
							       ->msg_name });
	}
}

static bool note_socket(struct sea_run *run, const struct sea_run_call *call, long script)
{
	struct sea_conn *conn = sea_run_conn_new(run);

	if (!conn)
		return false;
	conn->domain = (int)call->args[0].word;
	conn->type = (int)call->args[1].word & 0xf;
	conn->protocol = (int)call->args[2].word;
	if (!conn->protocol)
		conn->protocol = conn->type == SOCK_STREAM  ? IPPROTO_TCP
				 : conn->type == SOCK_DGRAM ? IPPROTO_UDP
							    : 0;
	conn->script_fd = script;
	conn->live_fd = call->call.result;
	conn->remote = run->config.remote;
	conn->remote_port = run->config.connect_port;
	return true;
}

static uint16_t port_of(const struct sockaddr_storage *addr)
{
	if (addr->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)addr)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)(const void *)addr)->sin6_port);
}

/* Which of the connections that a SYN began was it? */
static bool note_accept(struct sea_run *run, const struct sea_run_call *call, long script)
{
	const struct sockaddr_storage *peer = call->args[1].memory;
	struct sea_conn *conn = run->conns;

	while (conn && (conn->state < SEA_CONN_SYNACK_SENT || conn->live_fd >= 0 ||
			(peer && conn->remote_port != port_of(peer))))
		conn = conn->next;
	if (!conn)
		return sea_run_fail(run, call->event->pos,
				    "a connection was accepted that no packet of the script began");
	conn->script_fd = script;
	conn->live_fd = call->call.result;
	return true;
}

static bool note_pipe(struct sea_run *run, const struct sea_run_call *call)
{
	const struct sea_expr *pair = call->args[0].expr;
	const int *live = call->args[0].memory;
	int64_t script;

	for (size_t i = 0; i < 2; i++)
		if (!sea_run_int(run, pair->items[i], &script) ||
		    !sea_run_fd_add(run, call->event->pos, (long)script, live[i]))
			return false;
	return true;
}

static bool note_after(struct sea_run *run, struct sea_run_call *call, int64_t expected)
{
	const struct sea_run_kind *kind = sea_run_kind_of(call->call.nr);
	struct sea_conn *conn = sea_run_conn_of(run, script_fd_of(call));

	if (call->call.result < 0)
		return true;
	if (kind->is_fd &&
	    !sea_run_fd_add(run, call->event->pos, (long)expected, call->call.result))
		return false;
	switch (call->call.nr) {
	case SEA_DUT_socket:
		return note_socket(run, call, (long)expected);
	case SEA_DUT_accept:
	case SEA_DUT_accept4:
		return note_accept(run, call, (long)expected);
	case SEA_DUT_pipe:
	case SEA_DUT_pipe2:
		return note_pipe(run, call);
	case SEA_DUT_listen:
		if (conn)
			conn->state = SEA_CONN_LISTENING;
		return true;
	case SEA_DUT_close:
		sea_run_fd_del(run, script_fd_of(call));
		if (conn)
			conn->script_fd = -1;
		return true;
	default:
		return true;
	}
}

/* ---- what it returned ---- */

static bool wrong_result(struct sea_run *run, const struct sea_run_call *call, int64_t expected)
{
	long result = call->call.result;
	const char *error = result < 0 ? sea_symbol_errno((int)-result) : NULL;

	sea_run_fail(run, call->event->pos, "%s() returned the wrong result",
		     call->event->call.name.s);
	sea_run_note(run, "  result: expected %lld%s%s, seen %ld%s%s", (long long)expected,
		     call->event->call.error.len ? " " : "",
		     call->event->call.error.len ? call->event->call.error.s : "",
		     result < 0 ? -1 : result, error ? " " : "", error ? error : "");
	fputs("  script: ", run->report);
	sea_script_print_event(call->event, run->report);
	fputc('\n', run->report);
	return false;
}

static bool check_result(struct sea_run *run, const struct sea_run_call *call, int64_t expected)
{
	const struct sea_script_text *error = &call->event->call.error;
	long result = call->call.result;
	bool is_fd = sea_run_kind_of(call->call.nr)->is_fd;
	int64_t number;

	if (result < 0 ? expected >= 0 : is_fd ? expected < 0 : result != expected)
		return wrong_result(run, call, expected);
	if (!error->len)
		return true;
	if (!sea_symbol_find(error->s, &number))
		return sea_run_fail(run, call->event->pos, "there is no error %s", error->s);
	return (result < 0 && -result == number) || wrong_result(run, call, expected);
}

static bool end_call(struct sea_run *run, struct sea_run_call *call)
{
	const struct sea_expr *result = call->event->call.result;
	int64_t expected = call->call.result;

	/* ... is any result */
	if (result->kind != SEA_EXPR_ELLIPSIS &&
	    (!sea_run_int(run, result, &expected) || !check_result(run, call, expected)))
		return false;
	if (call->end_ns >= 0 && !sea_run_check_time(run, call->event, call->end_ns, call->end_ns,
						     call->call.ended.ns - run->start.ns,
						     call->began_ns, "the return of the call"))
		return false;
	return sea_run_check_args(run, call) && note_after(run, call, expected);
}

bool sea_run_reap(struct sea_run *run)
{
	struct sea_run_call **at = &run->pending;

	while (*at) {
		struct sea_run_call *call = *at;

		if (!call->call.done) {
			at = &call->next;
			continue;
		}
		*at = call->next;
		if (!end_call(run, call))
			return false;
	}
	return true;
}

static bool prepare(struct sea_run *run, struct sea_run_call *call)
{
	const struct sea_script_call *spec = &run->event->call;
	const struct sea_run_kind *kind;
	enum sea_dut_nr nr;
	uint64_t w[6] = { 0 };

	if (!sea_dut_nr_by_name(spec->name.s, &nr) || !(kind = sea_run_kind_of(nr))) {
		run->skipped = true;
		return sea_run_fail(run, run->event->pos, "no call %s() is known", spec->name.s);
	}
	call->call.nr = nr;
	call->event = run->event;
	call->began_ns = run->time_ns;
	call->end_ns = spec->blocking ? run->time_ns - run->event->time.from_ns + spec->end_ns : -1;
	if (!sea_run_args(run, call, kind))
		return false;
	for (size_t i = 0; i < call->n_args; i++)
		w[i] = call->args[i].word;
	sea_dut_call_init(&call->call, nr, w[0], w[1], w[2], w[3], w[4], w[5]);
	return true;
}

#define PATIENCE_S 3600 /* of the device's time */
#define CALL_NS 1000

/* The script says no time for its end: it stands still until the call is done. */
static bool wait_for(struct sea_run *run, struct sea_run_call *call)
{
	sea_time until = sea_time_add(sea_dut_now(run->dut), PATIENCE_S * SEA_SEC);

	while (!call->call.done && sea_dut_run(run->dut, until, SEA_DUT_STOP_CALL))
		;
	if (!call->call.done)
		return sea_run_fail(run, run->event->pos, "%s() blocks, and nothing ends it",
				    run->event->call.name.s);
	return end_call(run, call) && sea_run_reap(run);
}

/*
 * A call takes time on any machine. Where it took none, round trips of a script would be as long as what the
 * script waits, to the nanosecond, and fall on the edge of the stack's decisions.
 */
static bool spend(struct sea_run *run)
{
	return !sea_dut_is_virtual(run->dut) ||
	       sea_run_until(run, sea_run_now(run) + CALL_NS, 0, NULL);
}

bool sea_run_call(struct sea_run *run)
{
	struct sea_run_call *call = sea_run_alloc(run, sizeof(*call)), **end = &run->pending;

	if (!call || !prepare(run, call))
		return false;
	note_before(run, call);
	sea_dut_begin(run->dut, &call->call);
	if (call->call.done)
		return end_call(run, call) && spend(run);
	if (call->end_ns < 0)
		return wait_for(run, call);
	while (*end)
		end = &(*end)->next;
	*end = call;
	return spend(run);
}
