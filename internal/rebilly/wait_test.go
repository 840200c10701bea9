package rebilly

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// waitFor reads the export "x" of api and waits for it.
func waitFor(ctx context.Context, t *testing.T, client *Client, timeout time.Duration) (*OrganizationExport, error) {
	t.Helper()
	export, err := client.GetOrganizationExport(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}

	return client.WaitForOrganizationExport(ctx, export, timeout)
}

func TestWaitingEndsWithTheCompletedExport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewWaitingFor(t, StatusCompleted)
		start := time.Now()
		export, err := waitFor(t.Context(), t, newTestClient(t, api), time.Hour)
		if err != nil || export.Status != StatusCompleted || export.FileID == nil {
			t.Errorf("got %+v and %v", export, err)
		}
		// Three waits, of 2, of 3 to 4 and of 6 to 8 seconds.
		if waited := time.Since(start); waited < 11*time.Second || waited > 14*time.Second {
			t.Errorf("waited %s", waited)
		}
		if looks := len(api.Requests()); looks != 4 {
			t.Errorf("looked %d times", looks)
		}
	})
}

func TestAnExportThatIsCompletedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := &OrganizationExport{ID: "x", Status: StatusCompleted}
	got, err := newTestClient(t, api).WaitForOrganizationExport(t.Context(), export, 0)
	if err != nil || got != export || len(api.Requests()) != 0 {
		t.Errorf("got %v and %v after %d requests", got, err, len(api.Requests()))
	}
}

func TestWaitingEndsWithAnErrorWhereTheExportFailsOrExpires(t *testing.T) {
	t.Parallel()
	for _, status := range []string{StatusFailed, StatusExpired} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := waitFor(t.Context(), t, newTestClient(t, rebillytest.NewWaitingFor(t, status)), time.Hour)
				ended, ok := errors.AsType[*EndedError](err)
				if !ok || ended.Export.Status != status || err.Error() != "the export x is "+status {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestTheWaitsGrowFromTwoToThirtySeconds(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, nil)
	for looks, seconds := range []int{2, 4, 8, 16, 30, 30, 30} {
		upper := time.Duration(seconds) * time.Second
		lower := max(upper*3/4, 2*time.Second)
		seen := map[time.Duration]bool{}
		for range 100 {
			pause := client.pollBackoff(looks)
			if pause < lower || pause > upper {
				t.Fatalf("after %d looks: %s, want %s to %s", looks, pause, lower, upper)
			}
			seen[pause] = true
		}
		if looks > 0 && len(seen) < 50 {
			t.Errorf("after %d looks: only %d different waits of 100", looks, len(seen))
		}
	}
}

func TestWaitingTimesOutWithTheLastStatusAndTheTimeWaited(t *testing.T) {
	t.Parallel()
	tests := map[string]rebillytest.Fault{
		"between two looks": rebillytest.JSON(`{"id":"x","status":"processing"}`),
		"during a look":     rebillytest.Hang(),
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.JSON(`{"id":"x","status":"processing"}`))
				api.FailAlways(fault)
				start := time.Now()
				_, err := waitFor(t.Context(), t, newTestClient(t, api, func(c *Config) { c.RequestTimeout = time.Hour }), 10*time.Minute)
				timeout, ok := errors.AsType[*TimeoutError](err)
				if !ok || timeout.Waited != 10*time.Minute || err.Error() != "the export x was still processing after 10m0s" {
					t.Errorf("got %v", err)
				}
				if waited := time.Since(start); waited != 10*time.Minute {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestCancellingEndsTheWaitingAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]rebillytest.Fault{
		"between two looks": rebillytest.JSON(`{"id":"x","status":"queued"}`),
		"during a look":     rebillytest.Hang(),
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`))
				api.FailAlways(fault)
				ctx, cancel := context.WithCancel(t.Context())
				const after = 3 * time.Second
				time.AfterFunc(after, cancel)
				start := time.Now()
				_, err := waitFor(ctx, t, newTestClient(t, api), time.Hour)
				if !errors.Is(err, context.Canceled) || time.Since(start) != after {
					t.Errorf("got %v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestWaitingOutlastsWhatPasses(t *testing.T) {
	t.Parallel()
	now := func(fault rebillytest.Fault) func() rebillytest.Fault {
		return func() rebillytest.Fault { return fault }
	}
	tests := map[string]struct {
		fault func() rebillytest.Fault
		times int
	}{
		"429 with a time":              {func() rebillytest.Fault { return rebillytest.RateLimited(time.Now().Add(4 * time.Minute)) }, 1},
		"429 without a time":           {now(rebillytest.RateLimited(time.Time{})), 7},
		"an outage over all attempts":  {now(rebillytest.Problem(503, "Service Unavailable", "")), 12},
		"connections that break":       {now(rebillytest.Cut()), 12},
		"a status that nobody knows":   {now(rebillytest.JSON(`{"id":"x","status":"paused"}`)), 3},
		"answers that take too long":   {now(rebillytest.Hang()), 7},
		"a gateway that answers a 502": {now(rebillytest.Answer(502, "text/html", "<html>")), 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewWaitingFor(t, StatusCompleted)
				client := newTestClient(t, api)
				export, err := client.GetOrganizationExport(t.Context(), "x")
				if err != nil {
					t.Fatal(err)
				}
				for range test.times {
					api.Fail(test.fault())
				}
				if export, err = client.WaitForOrganizationExport(t.Context(), export, time.Hour); err != nil || export.Status != StatusCompleted {
					t.Errorf("got %+v and %v", export, err)
				}
			})
		})
	}
}

func TestWaitingEndsWithWhatItDoesNotMend(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault rebillytest.Fault
		want  string
	}{
		"the export is gone":             {rebillytest.Problem(404, "Not Found", ""), "404 Not Found"},
		"the credential has expired":     {rebillytest.Problem(401, "Unauthorized", ""), "401 Unauthorized"},
		"the permission is taken":        {rebillytest.Problem(403, "Forbidden", ""), "403 Forbidden"},
		"another export":                 {rebillytest.JSON(`{"id":"y","status":"queued"}`), `it is the export "y"`},
		"a redirect":                     {rebillytest.Redirect(302, "https://example.com/"), "refused to follow a redirect"},
		"a rate limit over the deadline": {rebillytest.RateLimited(time.Date(2000, 1, 1, 5, 0, 0, 0, time.UTC)), "wait until 2000-01-01T05:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`))
				api.FailAlways(test.fault)
				_, err := waitFor(t.Context(), t, newTestClient(t, api), time.Hour)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if looks := len(api.Requests()); looks > maxRedirects+2 {
					t.Errorf("looked %d times", looks)
				}
			})
		})
	}
}

func TestATimeoutShowsAStatusThatNobodyKnowsWithoutHarm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.JSON(`{"id":"x","status":"\u001b[2Jpaused https://files.example.com/` + rebillytest.SignedLinkSecret + `"}`))
		_, err := waitFor(t.Context(), t, newTestClient(t, api), time.Minute)
		if err == nil || err.Error() != "the export x was still [2Jpaused https://files.example.com/*** after 1m0s" {
			t.Errorf("got %v", err)
		}
	})
}

func TestATimeoutNamesTheFailureOfTheLastLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`))
		api.FailAlways(rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", ""))
		client := newTestClient(t, api, func(c *Config) { c.MaxRetries = 0 })
		_, err := waitFor(t.Context(), t, client, 5*time.Minute)
		timeout, ok := errors.AsType[*TimeoutError](err)
		if !ok || timeout.Cause == nil || !strings.HasSuffix(err.Error(), "the last look at it failed: the API answered 502 Bad Gateway") {
			t.Errorf("got %v", err)
		}
		if problem, ok := errors.AsType[*Problem](err); !ok || problem.Status != http.StatusBadGateway {
			t.Errorf("the cause is lost: %v", err)
		}
	})
}

func TestATimeoutForgetsAFailureThatPassed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.JSON(`{"id":"x","status":"queued"}`), rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", ""))
		api.FailAlways(rebillytest.JSON(`{"id":"x","status":"processing"}`))
		client := newTestClient(t, api, func(c *Config) { c.MaxRetries = 0 })
		_, err := waitFor(t.Context(), t, client, 5*time.Minute)
		if err == nil || err.Error() != "the export x was still processing after 5m0s" {
			t.Errorf("got %v", err)
		}
	})
}

func TestWaitingIsLoggedAndAnUnknownStatusOrAFailureIsAWarning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(
			rebillytest.JSON(`{"id":"x","status":"queued"}`),
			rebillytest.Problem(503, "Busy", rebillytest.SecretKey),
			rebillytest.JSON(`{"id":"x","status":"paused\u001b[2J"}`),
			rebillytest.JSON(`{"id":"x","status":"completed"}`),
		)
		var log logBuffer
		client := newTestClient(t, api, func(c *Config) { c.Logger, c.MaxRetries = log.logger(), 0 })
		if _, err := waitFor(t.Context(), t, client, time.Hour); err != nil {
			t.Fatal(err)
		}
		mustNotShow(t, "the log", log.String())
		for _, want := range []string{
			`"level":"INFO","msg":"Waiting for an organization export","id":"x","status":"queued"`,
			`"level":"WARN","msg":"Waiting for an organization export with a status that this version does not know","id":"x","status":"paused [2J"`,
			`"error":"the API answered 503 Busy: ***"`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, log.String())
			}
		}
	})
}
