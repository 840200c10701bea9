package rebilly

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// roundTripFunc is a transport that a test makes up.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func TestAReadIsRetriedAfterConnectionErrorsAnd429And5xx(t *testing.T) {
	t.Parallel()
	faults := map[string]rebillytest.Fault{
		"connection cut":     rebillytest.Cut(),
		"body cut":           rebillytest.CutBody(),
		"no answer in time":  rebillytest.Hang(),
		"429":                rebillytest.RateLimited(time.Time{}),
		"500":                rebillytest.Problem(500, "Internal Server Error", ""),
		"502 from a gateway": rebillytest.Answer(502, "text/html", "<html>"),
		"503":                rebillytest.Problem(503, "Service Unavailable", ""),
		"504 without a body": rebillytest.Answer(504, "text/plain", ""),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(fault, fault)
				export, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID)
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

func TestAReadIsNotRetriedAfterOtherAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 304, 400, 401, 403, 404, 405, 409, 422, 501, 505} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Answer(status, "application/problem+json", `{"title":"No"}`))
			_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID)
			var problem *Problem
			if !errors.As(err, &problem) || problem.Status != status {
				t.Errorf("got %v", err)
			}
			if sent := len(api.Requests()); sent != 1 {
				t.Errorf("%d requests were sent, want 1", sent)
			}
		})
	}
}

func TestRetriesEndAfterMaxRetriesWithTheLastProblem(t *testing.T) {
	t.Parallel()
	for _, retries := range []int{0, 1, 4} {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Problem(503, "Service Unavailable", "We are moving."))
			client := newTestClient(t, api, func(c *Config) { c.MaxRetries = retries })
			_, err := client.GetOrganizationExport(t.Context(), exportID)
			var problem *Problem
			if !errors.As(err, &problem) || problem.Detail != "We are moving." {
				t.Errorf("got %v", err)
			}
			if sent := len(api.Requests()); sent != retries+1 {
				t.Errorf("%d requests were sent, want %d", sent, retries+1)
			}
		})
	}
}

func TestRetriesWaitExponentiallyWithJitter(t *testing.T) {
	t.Parallel()
	const shortest, longest = time.Second, 30 * time.Second
	for attempt, seconds := range []int{1, 2, 4, 8, 16, 30, 30, 30} {
		upper := time.Duration(seconds) * time.Second
		seen := map[time.Duration]bool{}
		for range 100 {
			wait := backoff(shortest, longest, attempt, nil)
			if wait < upper/2 || wait > upper {
				t.Fatalf("attempt %d: waited %s, want %s to %s", attempt, wait, upper/2, upper)
			}
			seen[wait] = true
		}
		if len(seen) < 50 {
			t.Errorf("attempt %d: only %d different waits of 100", attempt, len(seen))
		}
	}
}

func TestA429WaitsUntilTheTimeThatTheAPINames(t *testing.T) {
	t.Parallel()
	const wait = 95 * time.Second
	tests := map[string]func(header http.Header, now time.Time){
		"X-RateLimit-Retry-After": func(h http.Header, now time.Time) {
			h.Set("X-RateLimit-Retry-After", strconv.FormatInt(now.Add(wait).Unix(), 10))
		},
		"Retry-After in seconds": func(h http.Header, _ time.Time) { h.Set("Retry-After", "95") },
		"Retry-After as a date": func(h http.Header, now time.Time) {
			h.Set("Retry-After", now.Add(wait).UTC().Format(http.TimeFormat))
		},
		"X-RateLimit-Retry-After first": func(h http.Header, now time.Time) {
			h.Set("X-RateLimit-Retry-After", strconv.FormatInt(now.Add(wait).Unix(), 10))
			h.Set("Retry-After", "7")
		},
		"Retry-After where the other is garbage": func(h http.Header, _ time.Time) {
			h.Set("X-RateLimit-Retry-After", "soon")
			h.Set("Retry-After", "95")
		},
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
					set(w.Header(), time.Now())
					w.WriteHeader(http.StatusTooManyRequests)
				}))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < wait || waited > wait+time.Second {
					t.Errorf("waited %s, want %s and up to a second", waited, wait)
				}
			})
		})
	}
}

func TestRetryAfterIsHeededFor429And503Alone(t *testing.T) {
	t.Parallel()
	for status, heeded := range map[int]bool{429: true, 503: true, 500: false, 502: false, 504: false} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", "60")
					w.WriteHeader(status)
				}))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); (waited >= time.Minute) != heeded {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestA429WithATimeInThePastOrNoTimeWaitsAsAnyRetry(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"past": "946684799" /* a bubble begins a second later */, "garbage": "soon", "negative": "-5", "absent": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-RateLimit-Retry-After", value)
					w.Header().Set("Retry-After", value)
					w.WriteHeader(http.StatusTooManyRequests)
				}))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < defaultRetryWaitMin/2 || waited > defaultRetryWaitMin {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestA429FailsAtOnceWhereItsTimeIsBeyondTheTimeAllowed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		wait, deadline time.Duration
		allowed        string
	}{
		"longer than a window of the rate limit": {wait: 11 * time.Minute, allowed: "10m0s"},
		"longer than the deadline":               {wait: 2 * time.Minute, deadline: time.Minute, allowed: "1m0s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				start := time.Now()
				reset := start.Add(test.wait)
				api := rebillytest.NewFor(t)
				api.FailAlways(rebillytest.RateLimited(reset))
				_, err := newTestClient(t, api).GetOrganizationExport(ctx, exportID)

				if _, ok := errors.AsType[*WaitError](err); !ok {
					t.Fatalf("got %v", err)
				}
				for _, want := range []string{reset.UTC().Format(time.RFC3339), test.allowed, "429", "Rate Limit Exceeded"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the error lacks %q: %v", want, err)
					}
				}
				if waited := time.Since(start); waited != 0 || len(api.Requests()) != 1 {
					t.Errorf("waited %s and sent %d requests", waited, len(api.Requests()))
				}
			})
		})
	}
}

func TestCancellingEndsAWaitAtOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]func() rebillytest.Fault{
		"for the rate limit": func() rebillytest.Fault { return rebillytest.RateLimited(time.Now().Add(5 * time.Minute)) },
		"for a retry":        rebillytest.Cut,
		"for an answer":      rebillytest.Hang,
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
				_, err := newTestClient(t, api).GetOrganizationExport(ctx, exportID)
				if !errors.Is(err, context.Canceled) || time.Since(start) != after {
					t.Errorf("got %v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestAnAttemptEndsAtTheRequestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.Hang())
		start := time.Now()
		_, err := newTestClient(t, api, func(c *Config) {
			c.RequestTimeout = 7 * time.Second
			c.MaxRetries = 0
		}).GetOrganizationExport(t.Context(), exportID)
		var connection *ConnectionError
		if !errors.As(err, &connection) || !strings.Contains(err.Error(), "within the request timeout of 7s") {
			t.Errorf("got %v", err)
		}
		if elapsed := time.Since(start); elapsed != 7*time.Second {
			t.Errorf("gave up after %s", elapsed)
		}
	})
}

func TestAPOSTIsRetriedOnlyWhereItCannotHaveBeenCarriedOut(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	tests := map[string]struct {
		fault     rebillytest.Fault
		failure   error
		connected bool
		retried   bool
	}{
		"429":                {fault: rebillytest.RateLimited(time.Time{}), retried: true},
		"connection refused": {failure: refused, retried: true},
		"connection reset":   {failure: reset, connected: true},
		"connection cut":     {fault: rebillytest.Cut()},
		"no answer in time":  {fault: rebillytest.Hang()},
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
				export, err := client.CreateOrganizationExport(t.Context(), CreateOptions{})
				if test.retried && (err != nil || attempts != 2 || export == nil) {
					t.Errorf("got %v after %d attempts, want an export after 2", err, attempts)
				}
				if !test.retried && (err == nil || attempts != 1) {
					t.Errorf("got %v after %d attempts, want an error after 1", err, attempts)
				}
			})
		})
	}
}

func TestA429WithAFarTimeAndABrokenBodyFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}))
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID)
		var wait *WaitError
		if !errors.As(err, &wait) || len(api.Requests()) != 1 {
			t.Errorf("got %v after %d requests", err, len(api.Requests()))
		}
	})
}
