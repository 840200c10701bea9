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
		"connection cut": {rebillytest.Cut(), defaultRetryWait},
		"body cut":       {rebillytest.CutBody(), defaultRetryWait},
		"no response":    {rebillytest.Hang(), 2 * DefaultRequestTimeout},
		"429, no time":   {rebillytest.RateLimited(time.Time{}), defaultRetryWait},
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
				_, err := client.CreateOrganizationExport(ctx, "", CreateOptions{})
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
		"502":              {fault: rebillytest.Problem(502, "Bad Gateway", "")},
		"503":              {fault: rebillytest.Problem(503, "Service Unavailable", "")},
		"504":              {fault: rebillytest.Problem(504, "Gateway Timeout", "")},
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
			_, err := newTestClient(t, nil, inMemory).CreateOrganizationExport(t.Context(), "", CreateOptions{})
			if retried := test.requests > 0; retried != (err == nil) || len(api.Requests()) != max(test.requests, 1) {
				t.Errorf("%s: got %v after %d requests", name, err, len(api.Requests()))
			}
			if err != nil && MayHaveActed(err) == test.refused {
				t.Errorf("%s: %v may have acted: %t", name, err, !test.refused)
			}
		})
	}
}
