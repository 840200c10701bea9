package rebilly

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"syscall"
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
	faults := map[string]rebillytest.Fault{
		"connection cut":     rebillytest.Cut(),
		"body cut":           rebillytest.CutBody(),
		"no response":        rebillytest.Hang(),
		"408":                rebillytest.Respond(408, "text/plain", ""),
		"425":                rebillytest.Respond(425, "text/plain", ""),
		"429":                rebillytest.RateLimited(time.Time{}),
		"500":                rebillytest.Problem(500, "Internal Server Error", ""),
		"502 from a gateway": rebillytest.Respond(502, "text/html", "<html>"),
		"503":                rebillytest.Problem(503, "Service Unavailable", ""),
		"504 without a body": rebillytest.Respond(504, "text/plain", ""),
		"520 of a gateway":   rebillytest.Respond(520, "text/html", "<html>"),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(fault, fault)
				export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
				if err != nil || export.ID != exportID {
					t.Errorf("got %v and %v", export, err)
				}
				if sent := len(api.Requests()); sent != 3 {
					t.Errorf("%d requests were sent, want 3", sent)
				}
			})
		})
	}
}

func TestClient_doesNotRetryOtherStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 304, 400, 401, 403, 404, 405, 409, 422, 501, 505} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Respond(status, "application/problem+json", `{"title":"No"}`))
			_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
			problem, ok := errors.AsType[*Problem](err)
			if !ok || problem.Status != status || problem.Attempts != 1 {
				t.Errorf("got %v", err)
			}
			if sent := len(api.Requests()); sent != 1 {
				t.Errorf("%d requests were sent, want 1", sent)
			}
		})
	}
}

func TestClient_maxRetries(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Problem(503, "Service Unavailable", "We are moving."))
			client := newTestClient(t, api, func(c *Config) { c.MaxRetries = retries })
			_, err := client.GetOrganizationExport(t.Context(), "", exportID)
			problem, ok := errors.AsType[*Problem](err)
			if !ok || problem.Detail != "We are moving." || problem.Attempts != retries+1 {
				t.Errorf("got %v", err)
			}
			if sent := len(api.Requests()); sent != retries+1 {
				t.Errorf("%d requests were sent, want %d", sent, retries+1)
			}
		})
	}
}

// Other requests of a plan use the connections.
func TestClient_exhaustedRequestKeepsConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(slices.Repeat([]rebillytest.Fault{rebillytest.Problem(503, "Service Unavailable", "")}, 2)...)
		network, inMemory := serveInMemory(t, api)
		client := newTestClient(t, nil, inMemory, func(c *Config) { c.MaxRetries = 1 })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err == nil {
			t.Error("the request was not exhausted")
		}
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil || network.Dials() != 1 {
			t.Errorf("got %v after %d connections, want 1", err, network.Dials())
		}
	})
}

func TestRetryDelay_growsWithJitter(t *testing.T) {
	t.Parallel()
	for attempt, seconds := range []int{1, 2, 4, 8, 16, 30, 30, 30} {
		upper := time.Duration(seconds) * time.Second
		seen := map[time.Duration]bool{}
		for range 100 {
			delay := newTestClient(t, nil).retryDelay(attempt, time.Time{})
			if delay < upper/2 || delay > upper {
				t.Fatalf("attempt %d: got %s, want %s to %s", attempt, delay, upper/2, upper)
			}
			seen[delay] = true
		}
		if len(seen) < 50 {
			t.Errorf("attempt %d: only %d different delays of 100", attempt, len(seen))
		}
	}
}

func TestClient_cancelEndsDelays(t *testing.T) {
	t.Parallel()
	faults := map[string]func() rebillytest.Fault{
		"before a retry after 429":      func() rebillytest.Fault { return rebillytest.RateLimited(time.Now().Add(5 * time.Minute)) },
		"before a retry after an error": rebillytest.Cut,
		"before a response":             rebillytest.Hang,
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.FailAlways(fault())
				ctx, cancel := context.WithCancel(t.Context())
				const after = 300 * time.Millisecond
				time.AfterFunc(after, cancel)
				start := time.Now()
				_, err := newTestClient(t, api).GetOrganizationExport(ctx, "", exportID)
				if !errors.Is(err, context.Canceled) || time.Since(start) != after {
					t.Errorf("got %v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestClient_interruptedWithoutRetriesLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.Hang())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := newTestClient(t, api, noRetries).GetOrganizationExport(ctx, "", exportID)
		if _, connection := errors.AsType[*ConnectionError](err); connection || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// What matters is whether the last attempt was sent.
func TestClient_postWithoutConnectionAfter429(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.RateLimited(time.Time{}))
		attempts := 0
		client := newTestClient(t, api, func(c *Config) {
			next := c.Transport
			c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
				if attempts++; attempts == 2 {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
				}

				return next.RoundTrip(request)
			})
		})
		if _, err := client.CreateOrganizationExport(t.Context(), "", CreateOptions{}); err != nil || attempts != 3 {
			t.Errorf("got %v after %d attempts", err, attempts)
		}
	})
}

func TestClient_postInterruptedBetweenRetries(t *testing.T) {
	t.Parallel()
	for how, begin := range interruptions {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.FailAlways(rebillytest.RateLimited(time.Time{}))
				ctx, interrupt := begin(t.Context())
				time.AfterFunc(time.Second, interrupt)
				start := time.Now()
				client := newTestClient(t, api, func(c *Config) { c.RetryWaitMin = 10 * time.Second })
				_, err := client.CreateOrganizationExport(ctx, "", CreateOptions{})
				if !errors.Is(err, ctx.Err()) || MayHaveActed(err) || time.Since(start) != time.Second {
					t.Errorf("got %v after %s", err, time.Since(start))
				}
				if deadline, ok := errors.AsType[*DeadlineError](err); ok && (deadline.Attempts != 1 || deadline.LastStatus != http.StatusTooManyRequests) {
					t.Errorf("got %+v", deadline)
				}
				if sent := len(api.Requests()); sent != 1 {
					t.Errorf("%d requests were sent, want 1", sent)
				}
			})
		})
	}
}

func TestClient_retriesPostOnlyIfNotCarriedOut(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	tests := map[string]struct {
		fault     rebillytest.Fault
		failure   error
		connected bool
		retried   bool
		refused   bool // the API says that it did nothing
	}{
		"429":                {fault: rebillytest.RateLimited(time.Time{}), retried: true},
		"connection refused": {failure: refused, retried: true},
		"connection reset":   {failure: reset, connected: true},
		"connection cut":     {fault: rebillytest.Cut()},
		"408":                {fault: rebillytest.Respond(408, "text/plain", ""), refused: true},
		"425":                {fault: rebillytest.Respond(425, "text/plain", ""), refused: true},
		"500":                {fault: rebillytest.Problem(500, "Internal Server Error", "")},
		"502":                {fault: rebillytest.Problem(502, "Bad Gateway", "")},
		"503":                {fault: rebillytest.Problem(503, "Service Unavailable", "")},
		"504":                {fault: rebillytest.Problem(504, "Gateway Timeout", "")},
		"body cut":           {fault: rebillytest.CutBody()},
		"redirect":           {fault: rebillytest.Redirect(307, LiveBaseURL+"/organization-exports")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				attempts := 0
				client := newTestClient(t, api, func(c *Config) {
					next := c.Transport
					c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
						if attempts++; attempts == 1 && test.failure != nil {
							if test.connected {
								httptrace.ContextClientTrace(request.Context()).GotConn(httptrace.GotConnInfo{})
							}

							return nil, test.failure
						}

						return next.RoundTrip(request)
					})
				})
				if test.failure == nil {
					api.Fail(test.fault)
				}
				export, err := client.CreateOrganizationExport(t.Context(), "", CreateOptions{})
				if test.retried && (err != nil || attempts != 2 || export == nil) {
					t.Errorf("got %v after %d attempts, want an export after 2", err, attempts)
				}
				if !test.retried && (err == nil || attempts != 1 || MayHaveActed(err) == test.refused) {
					t.Errorf("got %v after %d attempts, want an error after 1", err, attempts)
				}
			})
		})
	}
}
