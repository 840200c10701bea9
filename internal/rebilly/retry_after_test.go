package rebilly

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRetryDelay_spreadsRequestedDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 100 {
			delay := newTestClient(t, nil).retryDelay(0, time.Now().Add(5*time.Second))
			if delay < 5*time.Second || delay >= 6*time.Second {
				t.Fatalf("got %s, want 5 to 6 seconds", delay)
			}
			seen[delay] = true
		}
		if len(seen) < 50 {
			t.Errorf("only %d different delays of 100", len(seen))
		}
	})
}

// dateOf returns t as an HTTP date.
func dateOf(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func TestClient_retryAfter(t *testing.T) {
	t.Parallel()
	const delay = 95 * time.Second
	unix := func(now time.Time) string { return strconv.FormatInt(now.Add(delay).Unix(), 10) }
	tests := map[string]func(header http.Header, now time.Time){
		"X-RateLimit-Retry-After": func(h http.Header, now time.Time) { h.Set("X-RateLimit-Retry-After", unix(now)) },
		"Retry-After in seconds":  func(h http.Header, _ time.Time) { h.Set("Retry-After", "95") },
		"Retry-After as a date": func(h http.Header, now time.Time) {
			h.Set("Retry-After", dateOf(now.Add(delay)))
		},
		"X-RateLimit-Retry-After first": func(h http.Header, now time.Time) {
			h.Set("X-RateLimit-Retry-After", unix(now))
			h.Set("Retry-After", "7")
		},
		"X-RateLimit-Retry-After invalid": func(h http.Header, _ time.Time) {
			h.Set("X-RateLimit-Retry-After", "soon")
			h.Set("Retry-After", "95")
		},
		"X-RateLimit-Retry-After, server's clock ahead": func(h http.Header, now time.Time) {
			h.Set("Date", dateOf(now.Add(15*time.Minute)))
			h.Set("X-RateLimit-Retry-After", unix(now.Add(15*time.Minute)))
		},
		"Retry-After as a date, server's clock behind": func(h http.Header, now time.Time) {
			h.Set("Date", dateOf(now.Add(-time.Hour)))
			h.Set("Retry-After", dateOf(now.Add(delay-time.Hour)))
		},
		"Retry-After in seconds, server's clock ahead": func(h http.Header, now time.Time) {
			h.Set("Date", dateOf(now.Add(time.Hour)))
			h.Set("Retry-After", "95")
		},
		"X-RateLimit-Retry-After, invalid Date": func(h http.Header, now time.Time) {
			h.Set("Date", "soon")
			h.Set("X-RateLimit-Retry-After", unix(now))
		},
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
					set(w.Header(), time.Now())
					w.WriteHeader(http.StatusTooManyRequests)
				}))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < delay || waited > delay+time.Second {
					t.Errorf("waited %s, want %s and up to a second", waited, delay)
				}
			})
		})
	}
}

func TestClient_retryAfterWithEveryRetriedStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{408, 425, 429, 500, 502, 503, 504, 520} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(withHeader(status, "Retry-After", "60"))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < time.Minute {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestClient_retryAfterUnusable(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"past": "946684799" /* a bubble begins a second later */, "text": "soon", "negative": "-5", "missing": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-RateLimit-Retry-After", value)
					w.Header().Set("Retry-After", value)
					w.WriteHeader(http.StatusTooManyRequests)
				}))
				start := time.Now()
				if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < defaultMinRetryWait/2 || waited > defaultMinRetryWait {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestClient_retryAfterTooFar(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delay, deadline, allowed time.Duration
		// ahead is how far the server's clock is ahead.
		ahead time.Duration
	}{
		"longer than a rate limit window": {delay: 11 * time.Minute, allowed: 10 * time.Minute},
		"longer than the deadline":        {delay: 2 * time.Minute, deadline: time.Minute, allowed: time.Minute},
		"longer than both":                {delay: 24 * time.Hour, deadline: time.Hour, allowed: 10 * time.Minute},
		"on another clock":                {delay: 11 * time.Minute, allowed: 10 * time.Minute, ahead: -time.Hour},
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
				reset := start.Add(test.delay)
				api := rebillytest.NewFor(t)
				api.SetClock(func() time.Time { return time.Now().Add(test.ahead) })
				api.FailAlways(rebillytest.RateLimited(reset.Add(test.ahead)))
				_, err := newTestClient(t, api).GetOrganizationExport(ctx, "", exportID)

				tooFar, ok := errors.AsType[*RetryAfterError](err)
				if !ok || tooFar.Allowed != test.allowed || !tooFar.Problem.RetryAt.Equal(reset) {
					t.Fatalf("got %v", err)
				}
				for _, want := range []string{"429 Rate Limit Exceeded", "a delay until " + reset.UTC().Format(time.RFC3339), "delay allowed is " + test.allowed.String()} {
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

func TestClient_retryAfterTooFarWithBrokenBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}))
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
		if _, ok := errors.AsType[*RetryAfterError](err); !ok || len(api.Requests()) != 1 {
			t.Errorf("got %v after %d requests", err, len(api.Requests()))
		}
	})
}

func TestClient_retryAfterPostPastDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(5 * time.Second)
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		_, err := newTestClient(t, api).CreateOrganizationExport(ctx, "", CreateOptions{})
		tooFar, ok := errors.AsType[*RetryAfterError](err)
		if !ok || tooFar.Allowed != 0 || MayHaveActed(err) {
			t.Errorf("got %v", err)
		}
	})
}

// A rate limit's whole window is not too long.
func TestClient_retryAfterTenMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(withHeader(http.StatusTooManyRequests, "Retry-After", "600"))
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Error(err)
		}
	})
}
