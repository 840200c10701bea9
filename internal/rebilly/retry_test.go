package rebilly

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// withHeader responds with a status code and one header.
func withHeader(status int, name, value string) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(name, value)
		w.WriteHeader(status)
	})
}

func TestClient_retriesRead(t *testing.T) {
	t.Parallel()
	type row struct {
		fault  rebillytest.Fault
		waited time.Duration
	}
	tests := map[string]row{
		"connection cut": {rebillytest.Cut(), time.Second},
		"body cut":       {rebillytest.CutBody(), time.Second},
		"no response":    {rebillytest.Hang(), 2 * DefaultRequestTimeout},
		"429, no time":   {rebillytest.RateLimited(time.Time{}), time.Second},
	}
	for _, status := range []int{408, 425, 429, 500, 502, 503, 504, 520} {
		tests[strconv.Itoa(status)] = row{withHeader(status, "Retry-After", "60"), 2 * time.Minute}
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.Fail(test.fault, test.fault)
			start := time.Now()
			_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
			if sent := len(api.Requests()); err != nil || sent != 3 {
				t.Errorf("%s: got %v after %d requests", name, err, sent)
			}
			if waited := time.Since(start); waited < test.waited || waited > test.waited+3*time.Second {
				t.Errorf("%s: waited %s, want %s", name, waited, test.waited)
			}
		})
	}
}

// Other requests of a plan use the connections of exhausted ones.
func TestClient_maxRetries(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Problem(503, "Service Unavailable", "We are moving."))
			network, inMemory := serveInMemory(t, api)
			client := newTestClient(t, nil, inMemory, maxRetries(retries))
			for range 2 {
				_, err := client.GetOrganizationExport(t.Context(), "", exportID)
				if problem, ok := errors.AsType[*Problem](err); !ok || problem.Detail != "We are moving." || problem.Attempts != retries+1 {
					t.Errorf("got %v", err)
				}
			}
			if sent := len(api.Requests()); sent != 2*(retries+1) || network.Dials() != 1 {
				t.Errorf("%d requests were sent over %d connections", sent, network.Dials())
			}
		})
	}
}

func TestDelays_growWithJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, nil)
		expect := func(lower, upper time.Duration, delay func() time.Duration) {
			t.Helper()
			seen := map[time.Duration]bool{}
			for range 100 {
				got := delay()
				if got < lower || got > upper {
					t.Fatalf("got %s, want %s to %s", got, lower, upper)
				}
				seen[got] = true
			}
			if lower < upper && len(seen) < 50 {
				t.Errorf("%s to %s: only %d different delays of 100", lower, upper, len(seen))
			}
		}
		for retries, seconds := range []int{1, 2, 4, 8, 16, 30, 30, 30} {
			upper := time.Duration(seconds) * time.Second
			expect(upper/2, upper, func() time.Duration { return client.retryDelay(retries, time.Time{}) })
		}
		for polls, seconds := range []int{2, 4, 8, 16, 30, 30, 30} {
			upper := time.Duration(seconds) * time.Second
			expect(max(upper*3/4, 2*time.Second), upper, func() time.Duration { return client.pollDelay(polls, nil) })
		}
		requested := time.Now().Add(5 * time.Second)
		expect(5*time.Second, 6*time.Second, func() time.Duration { return client.retryDelay(0, requested) })
	})
}

func TestClient_postInterruptedWhileNothingIsSent(t *testing.T) {
	t.Parallel()
	// It outlasts the attempt: net/http does not end a dial with its request.
	slow := func(ctx context.Context) (net.Conn, error) {
		<-time.After(DefaultRequestTimeout + 5*time.Second)

		return rebillytest.Refused(ctx)
	}
	tests := map[string]struct {
		connection      rebillytest.DialFault
		early           bool
		dials, requests int
	}{
		"before the attempt":       {early: true},
		"while connecting":         {connection: slow, dials: 1},
		"before another dial":      {connection: rebillytest.Refused, dials: 1},
		"before a retry after 429": {dials: 1, requests: 1},
	}
	for name, test := range tests {
		for how, begin := range interruptions {
			synctest.Test(t, func(t *testing.T) {
				ctx := begin(t.Context())
				api := rebillytest.NewFor(t)
				api.FailAlways(rebillytest.RateLimited(time.Time{}))
				network, inMemory := serveInMemory(t, api)
				network.FailAlways(test.connection)
				if test.early {
					<-ctx.Done()
				}
				client := newTestClient(t, nil, inMemory, func(c *Config) { c.RetryWait = 10 * time.Second })
				_, err := client.CreateOrganizationExport(ctx, "", false)
				if !errors.Is(err, ctx.Err()) || MayHaveActed(err) {
					t.Errorf("%s, %s: got %v", name, how, err)
				}
				if sent := len(api.Requests()); network.Dials() != test.dials || sent != test.requests {
					t.Errorf("%s, %s: %d connections and %d requests", name, how, network.Dials(), sent)
				}
			})
		}
	}
}

func TestClient_retriesPostOnlyIfNotCarriedOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		connections []rebillytest.DialFault
		fault       rebillytest.Fault
		passes      bool // the fault, so that the API responds as usual
		requests    int  // if it is retried
		refused     bool // the API says that it did nothing
	}{
		"429":                {fault: rebillytest.RateLimited(time.Time{}), requests: 2},
		"connection refused": {connections: []rebillytest.DialFault{rebillytest.Refused}, passes: true, requests: 1},
		"connection refused after 429": {
			// What matters is whether the last attempt was sent.
			connections: []rebillytest.DialFault{nil, rebillytest.Refused}, fault: withHeader(429, "Connection", "close"), requests: 2,
		},
		"connection reset": {fault: rebillytest.Reset()},
		"connection cut":   {fault: rebillytest.Cut()},
		"body cut":         {fault: rebillytest.CutBody()},
		"no response":      {fault: rebillytest.Hang()},
		"300":              {fault: rebillytest.Respond(300, "text/plain", "")},
		"408":              {fault: rebillytest.Respond(408, "text/plain", ""), refused: true},
		"425":              {fault: rebillytest.Respond(425, "text/plain", ""), refused: true},
		"499":              {fault: rebillytest.Respond(499, "text/plain", ""), refused: true},
		"500":              {fault: rebillytest.Problem(500, "Internal Server Error", "")},
		"redirect":         {fault: rebillytest.Redirect(307, LiveBaseURL+"/organization-exports")},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			if !test.passes {
				api.Fail(test.fault)
			}
			network, inMemory := serveInMemory(t, api)
			network.Fail(test.connections...)
			_, err := newTestClient(t, nil, inMemory).CreateOrganizationExport(t.Context(), "", false)
			if retried := test.requests > 0; retried != (err == nil) || len(api.Requests()) != max(test.requests, 1) {
				t.Errorf("%s: got %v after %d requests", name, err, len(api.Requests()))
			}
			if err != nil && MayHaveActed(err) == test.refused {
				t.Errorf("%s: %v may have acted: %t", name, err, !test.refused)
			}
		})
	}
}

func TestRetryAt_ofHeaders(t *testing.T) {
	t.Parallel()
	const delay = 95 * time.Second
	now := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	unix := func(after time.Duration) string { return strconv.FormatInt(now.Add(after).Unix(), 10) }
	date := func(after time.Duration) string { return now.Add(after).Format(http.TimeFormat) }
	tests := map[string]struct {
		limit, after, date string
		want               time.Duration
	}{
		"X-RateLimit-Retry-After":         {limit: unix(delay), want: delay},
		"Retry-After in seconds":          {after: "95", want: delay},
		"Retry-After as a date":           {after: date(delay), want: delay},
		"X-RateLimit-Retry-After first":   {limit: unix(delay), after: "7", want: delay},
		"X-RateLimit-Retry-After invalid": {limit: "soon", after: "95", want: delay},
		"Unix time, server's clock ahead": {limit: unix(delay + 15*time.Minute), date: date(15 * time.Minute), want: delay},
		"date, server's clock behind":     {after: date(delay - time.Hour), date: date(-time.Hour), want: delay},
		"seconds, server's clock ahead":   {after: "95", date: date(time.Hour), want: delay},
		"Unix time, invalid Date":         {limit: unix(delay), date: "soon", want: delay},
		"past":                            {limit: unix(-1), after: date(-time.Hour)},
		"text":                            {limit: "soon", after: "soon"},
		"negative":                        {limit: "-5", after: "-5"},
		"missing":                         {},
	}
	for name, test := range tests {
		want := time.Time{}
		if test.want > 0 {
			want = now.Add(test.want)
		}
		header := http.Header{"X-Ratelimit-Retry-After": {test.limit}, "Retry-After": {test.after}, "Date": {test.date}}
		if got := retryAt(header, now); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestClient_retryAfterTooFar(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delay, deadline time.Duration
		allowed         time.Duration // -1 means that the delay is honored
		broken          bool          // the body of the response
		late            bool          // the response comes after the deadline, to a POST
	}{
		"rate limit window":               {delay: 10 * time.Minute, deadline: time.Hour, allowed: -1},
		"longer than a rate limit window": {delay: 11 * time.Minute, deadline: time.Hour, allowed: 10 * time.Minute},
		"longer than the deadline":        {delay: 2 * time.Minute, deadline: time.Minute, allowed: time.Minute},
		"longer than both":                {delay: 24 * time.Hour, deadline: time.Hour, allowed: 10 * time.Minute},
		"with a broken body":              {delay: 24 * time.Hour, deadline: time.Hour, allowed: 10 * time.Minute, broken: true},
		"after the deadline":              {delay: time.Minute, deadline: time.Second, late: true},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
			defer cancel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
				if test.late {
					<-time.After(test.deadline)
				}
				w.Header().Set("Retry-After", strconv.Itoa(int(test.delay.Seconds())))
				w.WriteHeader(http.StatusTooManyRequests)
				if test.broken {
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
			}))
			operation := operations["get"]
			if test.late {
				operation = operations["create"]
			}
			err := operation.call(ctx, newTestClient(t, api), "")
			tooFar, ok := errors.AsType[*RetryAfterError](err)
			if ok != (test.allowed >= 0) || !ok && err != nil {
				t.Fatalf("%s: got %v", name, err)
			}
			if !ok {
				return
			}
			if at := time.Now().Add(test.delay); tooFar.Allowed != test.allowed || !tooFar.Problem.RetryAt.Equal(at) || MayHaveActed(err) {
				t.Errorf("%s: got %v, want a delay until %s", name, err, at)
			}
			if waited := time.Since(start); waited > time.Second || len(api.Requests()) != 1 {
				t.Errorf("%s: waited %s and sent %d requests", name, waited, len(api.Requests()))
			}
		})
	}
}
