package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// waitForX reads the export "x" of api and waits for it, for timeout at most.
func waitForX(t *testing.T, client *Client, timeout time.Duration) (*OrganizationExport, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	export, err := client.GetOrganizationExport(ctx, "", "x")
	if err != nil {
		t.Fatal(err)
	}

	return client.WaitForOrganizationExport(ctx, "", export, nil)
}

func withStatus(status string) rebillytest.Fault {
	return rebillytest.JSON(`{"id":"x","status":"` + status + `"}`)
}

func TestWait_completed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewWaitingFor(t, StatusCompleted)
		start := time.Now()
		export, err := waitForX(t, newTestClient(t, api), time.Hour)
		if err != nil || export.Status != StatusCompleted || export.FileID == nil {
			t.Errorf("got %+v and %v", export, err)
		}
		// Three delays: 2, 3 to 4, and 6 to 8 seconds.
		if waited := time.Since(start); waited < 11*time.Second || waited > 14*time.Second {
			t.Errorf("waited %s", waited)
		}
		if reads := len(api.Requests()); reads != 4 {
			t.Errorf("read %d times", reads)
		}
	})
}

func TestWait_alreadyTerminal(t *testing.T) {
	t.Parallel()
	for _, status := range []string{StatusCompleted, StatusFailed, StatusExpired} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			export := &OrganizationExport{ID: "x", Status: status}
			got, err := newTestClient(t, api).WaitForOrganizationExport(ctx, "", export, nil)
			if _, terminal := errors.AsType[*TerminalStatusError](err); got != export || terminal != (status != StatusCompleted) || errors.Is(err, context.Canceled) {
				t.Errorf("got %v and %v", got, err)
			}
			if sent := len(api.Requests()); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

func TestWait_terminalStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []string{StatusFailed, StatusExpired} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				export, err := waitForX(t, newTestClient(t, rebillytest.NewWaitingFor(t, status)), time.Hour)
				terminal, ok := errors.AsType[*TerminalStatusError](err)
				if !ok || terminal.Export != export || export.Status != status || err.Error() != `export "x" has the status `+status {
					t.Errorf("got %+v and %v", export, err)
				}
			})
		})
	}
}

func TestPollDelay_growsWithJitter(t *testing.T) {
	t.Parallel()
	client := newTestClient(t, nil)
	for polls, seconds := range []int{2, 4, 8, 16, 30, 30, 30} {
		upper := time.Duration(seconds) * time.Second
		lower := max(upper*3/4, 2*time.Second)
		seen := map[time.Duration]bool{}
		for range 100 {
			delay := client.pollDelay(polls, nil)
			if delay < lower || delay > upper {
				t.Fatalf("after %d polls: got %s, want %s to %s", polls, delay, lower, upper)
			}
			seen[delay] = true
		}
		if polls > 0 && len(seen) < 50 {
			t.Errorf("after %d polls: only %d different delays of 100", polls, len(seen))
		}
	}
}

func TestWait_endOfContext(t *testing.T) {
	t.Parallel()
	tests := map[string]rebillytest.Fault{
		"between polls": withStatus(StatusProcessing),
		"during a poll": rebillytest.Hang(),
	}
	for name, fault := range tests {
		for how, begin := range interruptions {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					api.Fail(withStatus(StatusProcessing))
					api.FailAlways(fault)
					var log logBuffer
					client := newTestClient(t, api, func(c *Config) {
						c.RequestTimeout, c.PollWaitMin, c.Logger = time.Hour, 300*time.Millisecond, log.logger()
					})
					ctx, interrupt := begin(t.Context())
					time.AfterFunc(time.Second, interrupt)
					start := time.Now()
					requested := &OrganizationExport{ID: "x", Status: StatusQueued}
					export, err := client.WaitForOrganizationExport(ctx, "", requested, nil)
					if export == nil || export.ID != "x" || export.Status != StatusProcessing {
						t.Errorf("got the export %+v, want the one read last", export)
					}
					if waited := time.Since(start); waited != time.Second {
						t.Errorf("waited %s", waited)
					}
					if strings.Contains(log.String(), "Polling an organization export failed") {
						t.Errorf("the log says that the end of the wait is a failed poll:\n%s", log.String())
					}
					if errors.Is(ctx.Err(), context.Canceled) {
						if !errors.Is(err, context.Canceled) {
							t.Errorf("got %v", err)
						}

						return
					}
					timeout, ok := errors.AsType[*TimeoutError](err)
					if !ok || timeout.Export != export || timeout.Waited != time.Second || err.Error() != `export "x" still had the status processing after 1s` {
						t.Errorf("got %v", err)
					}
				})
			})
		}
	}
}

func TestWait_endOfContextBefore(t *testing.T) {
	t.Parallel()
	for how, begin := range interruptions {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				ctx, interrupt := begin(t.Context())
				interrupt()
				requested := &OrganizationExport{ID: "x", Status: StatusQueued}
				export, err := newTestClient(t, api).WaitForOrganizationExport(ctx, "", requested, nil)
				if _, timeout := errors.AsType[*TimeoutError](err); export != requested || timeout == errors.Is(err, context.Canceled) {
					t.Errorf("got %+v and %v", export, err)
				}
				if sent := len(api.Requests()); sent != 0 {
					t.Errorf("%d requests were sent", sent)
				}
			})
		})
	}
}

func TestWait_outlastsFailures(t *testing.T) {
	t.Parallel()
	always := func(fault rebillytest.Fault) func() rebillytest.Fault {
		return func() rebillytest.Fault { return fault }
	}
	tests := map[string]struct {
		fault func() rebillytest.Fault
		times int
	}{
		"429 with a time":          {func() rebillytest.Fault { return rebillytest.RateLimited(time.Now().Add(4 * time.Minute)) }, 1},
		"503 on every attempt":     {always(rebillytest.Problem(503, "Service Unavailable", "")), 12},
		"unknown status":           {always(withStatus("paused")), 3},
		"responses that time out":  {always(rebillytest.Hang()), 7},
		"502 with HTML of gateway": {always(rebillytest.Respond(502, "text/html", "<html>")), 6},
	}
	for name, failure := range pollFailures {
		tests[name] = struct {
			fault func() rebillytest.Fault
			times int
		}{always(failure.fault), 7}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewWaitingFor(t, StatusCompleted)
				client := newTestClient(t, api)
				export, err := client.GetOrganizationExport(t.Context(), "", "x")
				if err != nil {
					t.Fatal(err)
				}
				for range test.times {
					api.Fail(test.fault())
				}
				if export, err = client.WaitForOrganizationExport(t.Context(), "", export, nil); err != nil || export.Status != StatusCompleted {
					t.Errorf("got %+v and %v", export, err)
				}
			})
		})
	}
}

// pollFailures are failures of a poll that a later poll may not have.
var pollFailures = map[string]struct {
	fault rebillytest.Fault
	want  string
}{
	"export not found":     {rebillytest.Problem(404, "Not Found", ""), "404 Not Found"},
	"404 of nginx":         {rebillytest.NotFoundHTML(), "404 Not Found: the response is not a problem object"},
	"credential expired":   {rebillytest.Problem(401, "Unauthorized", ""), "401 Unauthorized"},
	"permission removed":   {rebillytest.Problem(403, "Forbidden", ""), "403 Forbidden"},
	"another export":       {rebillytest.JSON(`{"id":"y","status":"queued"}`), `is the export "y"`},
	"page of a gateway":    {rebillytest.Respond(200, "text/html", "<html>"), "it must be a JSON object"},
	"redirect":             {rebillytest.Redirect(302, "https://example.com/"), "refused to follow a redirect"},
	"connection cut":       {rebillytest.Cut(), "no response from api.rebilly.com after 5 attempts"},
	"rate limit exhausted": {rebillytest.RateLimited(time.Time{}), "429 Rate Limit Exceeded"},
}

func TestWait_endsAfterFiveMinutesOfFailures(t *testing.T) {
	t.Parallel()
	for name, test := range pollFailures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				// The failures before the success do not count.
				api.Fail(slices.Repeat([]rebillytest.Fault{test.fault}, 10)...)
				api.Fail(withStatus(StatusProcessing))
				api.FailAlways(test.fault)
				var succeeded time.Time
				onPoll := func(status string, _ time.Duration) {
					if status == StatusProcessing && succeeded.IsZero() {
						succeeded = time.Now()
					}
				}
				requested := &OrganizationExport{ID: "x", Status: StatusQueued}
				export, err := newTestClient(t, api).WaitForOrganizationExport(t.Context(), "", requested, onPoll)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if export == requested || export.ID != "x" || export.Status != StatusProcessing {
					t.Errorf("got the export %+v, want the one read last", export)
				}
				// A poll takes up to 15 seconds with its retries, and begins up to 30
				// seconds after the one before.
				if failing := time.Since(succeeded); failing < maxFailing || failing > maxFailing+75*time.Second {
					t.Errorf("ended after %s", failing)
				}
			})
		})
	}
}

func TestWait_returnsGivenExportWithoutASuccessfulPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.Problem(404, "Not Found", ""))
		requested := &OrganizationExport{ID: "x", Status: StatusQueued}
		if export, err := newTestClient(t, api).WaitForOrganizationExport(t.Context(), "", requested, nil); export != requested || !IsNotFound(err) {
			t.Errorf("got %+v and %v", export, err)
		}
	})
}

// With retries, the poll itself waits. Without, the wait does.
func TestWait_requestedDelays(t *testing.T) {
	t.Parallel()
	limited := func(delay time.Duration) rebillytest.Fault {
		return rebillytest.RateLimited(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(delay))
	}
	tests := map[string]struct {
		faults []rebillytest.Fault
		want   string // "" means that the export is completed
		waited time.Duration
	}{
		"longer than five minutes": {[]rebillytest.Fault{limited(8 * time.Minute)}, "", 8 * time.Minute},
		"longer than ten minutes":  {[]rebillytest.Fault{limited(30 * time.Minute)}, "", 30 * time.Minute},
		"beyond the deadline":      {[]rebillytest.Fault{limited(5 * time.Hour)}, "a delay until 2000-01-01T05:00:00Z, and the longest delay allowed is 59m58s", 2 * time.Second},
		"and then failures": {
			append([]rebillytest.Fault{limited(8 * time.Minute)}, slices.Repeat([]rebillytest.Fault{rebillytest.Problem(503, "Service Unavailable", "")}, 9)...),
			"503 Service Unavailable", 8 * time.Minute,
		},
	}
	for name, test := range tests {
		for _, retries := range []int{0, DefaultMaxRetries} {
			t.Run(fmt.Sprintf("%s/%d retries", name, retries), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					api.Fail(test.faults...)
					api.FailAlways(withStatus(StatusCompleted))
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					start := time.Now()
					requested := &OrganizationExport{ID: "x", Status: StatusQueued}
					_, err := newTestClient(t, api, maxRetries(retries)).WaitForOrganizationExport(ctx, "", requested, nil)
					if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
						t.Errorf("got %v, want %q", err, test.want)
					}
					if waited := time.Since(start); waited < test.waited || waited > test.waited+20*time.Second {
						t.Errorf("waited %s, want %s", waited, test.waited)
					}
				})
			})
		}
	}
}

func TestWait_timeoutCleansStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailAlways(withStatus(`paused https://files.example.com/` + rebillytest.SignedLinkSecret))
		_, err := waitForX(t, newTestClient(t, api), time.Minute)
		if err == nil || err.Error() != `export "x" still had the status paused https://files.example.com/*** after 1m0s` {
			t.Errorf("got %v", err)
		}
	})
}

func TestWait_timeoutNamesLastFailure(t *testing.T) {
	t.Parallel()
	badGateway := rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", "")
	const timedOut = `export "x" still had the status queued after 5m0s`
	tests := map[string]struct {
		fault, always rebillytest.Fault
		want          string
	}{
		"last poll failed":    {badGateway, badGateway, timedOut + "; the last poll failed: the API returned 502 Bad Gateway"},
		"last poll succeeded": {badGateway, withStatus(StatusQueued), timedOut},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(withStatus(StatusQueued), test.fault)
				api.FailAlways(test.always)
				_, err := waitForX(t, newTestClient(t, api, noRetries), 5*time.Minute)
				if err == nil || err.Error() != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if _, failed := errors.AsType[*Problem](err); failed != strings.Contains(test.want, "502") {
					t.Errorf("wraps a Problem: %t", failed)
				}
			})
		})
	}
}

func TestWait_logs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(
			withStatus(StatusQueued),
			withStatus(StatusQueued),
			rebillytest.Problem(503, "Busy", rebillytest.SecretKey),
			withStatus(StatusQueued),
			withStatus("paused "+rebillytest.SecretKey),
			withStatus(StatusCompleted),
		)
		var log logBuffer
		client := newTestClient(t, api, noRetries, func(c *Config) { c.Logger = log.logger() })
		if _, err := waitForX(t, client, time.Hour); err != nil {
			t.Fatal(err)
		}
		mustNotShow(t, "the log", log.String())
		for _, want := range []string{
			`"level":"INFO","msg":"Organization export status","id":"x","status":"queued","elapsed":0`,
			`"level":"WARN","msg":"Polling an organization export failed; the wait continues","id":"x","error":"the API returned 503 Busy: ***"`,
			`"level":"WARN","msg":"Organization export status that this version does not know","id":"x","status":"paused ***"`,
			`"level":"INFO","msg":"Organization export status","id":"x","status":"completed"`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, log.String())
			}
		}
		if lines := strings.Count(log.String(), "Organization export status"); lines != 3 {
			t.Errorf("the log has %d lines about statuses, want one for each:\n%s", lines, log.String())
		}
	})
}
