package rebilly

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// waitForX waits for the export "x", which was queued, for timeout at most.
func waitForX(t *testing.T, client *Client, timeout time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()

	return errorOf(client.WaitForOrganizationExport(ctx, "", &OrganizationExport{ID: "x", Status: StatusQueued}, nil))
}

func withStatus(status string) rebillytest.Fault {
	return rebillytest.JSON(`{"id":"x","status":"` + status + `"}`)
}

// The export is polled after 5, 15, and 35 seconds. The wait ends after 65.
func TestWait_statuses(t *testing.T) {
	t.Parallel()
	const (
		failed, expired = `export "x" has the status failed`, `export "x" has the status expired`
		stillQueued     = `it was still queued after 1m5s`
		badGateway      = "the API returned 502 Bad Gateway"
		link            = "https://files.example.com/"
	)
	tests := map[string]struct {
		statuses string // the given one, and those of the polls; the last one stays, and 502 is a failure
		polls    string // what onPoll receives; "" for anything
		want     string // the error
		timeline string // of the error
	}{
		"completed":      {statuses: "pending queued processing completed", polls: "pending 0s, queued 5s, processing 15s, completed 35s"},
		"was completed":  {statuses: "completed", polls: "completed 0s"},
		"was failed":     {statuses: "failed", polls: "failed 0s", want: failed},
		"was expired":    {statuses: "expired", polls: "expired 0s", want: expired},
		"no change":      {statuses: "queued queued completed", polls: "queued 0s, queued 5s, completed 15s"},
		"unknown status": {statuses: "queued new" + rebillytest.SecretKey + " completed", polls: "queued 0s, new*** 5s, completed 15s"},
		"expired":        {statuses: "queued expired", want: expired, timeline: "queued 5s"},
		"failed":         {statuses: "pending queued queued failed", want: failed, timeline: "pending 5s, queued 30s"},
		"back and forth": {
			statuses: "queued processing queued failed", polls: "queued 0s, processing 5s, queued 15s, failed 35s",
			want: failed, timeline: "queued 5s, processing 10s, queued 20s",
		},
		"timed out": {
			statuses: "queued queued processing", want: `it was still processing after 1m5s`, timeline: "queued 15s, processing 50s",
		},
		"never changed":         {statuses: "queued", want: stillQueued, timeline: "queued 1m5s"},
		"back, timed out":       {statuses: "queued processing queued", want: stillQueued, timeline: "queued 5s, processing 10s, queued 50s"},
		"last poll failed":      {statuses: "queued queued 502", want: stillQueued + "; the last poll failed: " + badGateway, timeline: "queued 1m5s"},
		"poll before it failed": {statuses: "queued 502 queued", want: stillQueued, timeline: "queued 1m5s"},
		"cleaned": {
			statuses: "queued " + link + rebillytest.SignedLinkSecret,
			want:     `it was still ` + link + `*** after 1m5s`, timeline: "queued 5s, " + link + "*** 1m0s",
		},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			statuses := strings.Fields(test.statuses)
			var fault rebillytest.Fault
			for _, status := range append(statuses, statuses[len(statuses)-1])[1:] {
				fault = withStatus(status)
				if status == "502" {
					fault = rebillytest.Problem(502, "Bad Gateway", "")
				}
				api.Fail(fault)
			}
			api.FailAlways(fault)
			client := newTestClient(t, api, maxRetries(0), func(c *Config) {
				c.PollWait = 5 * time.Second
				c.Jitter = func(time.Duration) time.Duration { return 0 }
			})
			ctx, cancel := context.WithTimeout(t.Context(), 65*time.Second)
			defer cancel()
			var polls []string
			onPoll := func(status string, waited time.Duration) { polls = append(polls, status+" "+waited.String()) }
			export, err := client.WaitForOrganizationExport(ctx, "", &OrganizationExport{ID: "x", Status: statuses[0]}, onPoll)
			if got := strings.Join(polls, ", "); test.polls != "" && got != test.polls {
				t.Errorf("%s: onPoll received %s, want %s", name, got, test.polls)
			}
			if export.ID != "x" || test.want == "" && (err != nil || export.Status != StatusCompleted) || test.want != "" && (err == nil || err.Error() != test.want) {
				t.Errorf("%s: got %+v and %v, want %s", name, export, err, test.want)
			}
			timeline := ""
			if terminal, ok := errors.AsType[*TerminalStatusError](err); ok && terminal.Export == export {
				timeline = terminal.Timeline
			}
			if timeout, ok := errors.AsType[*TimeoutError](err); ok && timeout.Export == export && timeout.Waited == 65*time.Second {
				timeline = timeout.Timeline
			}
			if timeline != test.timeline {
				t.Errorf("%s: got the timeline %s, want %s", name, timeline, test.timeline)
			}
			if _, failed := errors.AsType[*Problem](err); failed != strings.HasSuffix(test.want, badGateway) {
				t.Errorf("%s: %v wraps a Problem: %t", name, err, failed)
			}
		})
	}
}

func TestWait_endOfContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []rebillytest.Fault
		early  bool
	}{
		"before":        {early: true},
		"between polls": {faults: []rebillytest.Fault{withStatus(StatusProcessing), withStatus(StatusProcessing), withStatus(StatusProcessing)}},
		"during a poll": {faults: []rebillytest.Fault{withStatus(StatusProcessing), rebillytest.Hang()}},
	} {
		for how, begin := range interruptions {
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(test.faults...)
				var log logBuffer
				client := newTestClient(t, api, func(c *Config) {
					c.PollWait, c.Logger = 100*time.Millisecond, log.logger()
				})
				want := StatusProcessing
				start := time.Now()
				ctx := begin(t.Context())
				if test.early {
					<-ctx.Done()
					want = StatusQueued
				}
				requested := &OrganizationExport{ID: "x", Status: StatusQueued}
				export, err := client.WaitForOrganizationExport(ctx, "", requested, nil)
				if waited := time.Since(start); export.Status != want || (export == requested) != test.early || waited > time.Second || len(api.Requests()) != len(test.faults) {
					t.Errorf("%s, %s: got %+v after %s and %d requests", name, how, export, waited, len(api.Requests()))
				}
				if strings.Contains(log.String(), "Polling an organization export failed") {
					t.Errorf("%s, %s: the log says that the end of the wait is a failed poll:\n%s", name, how, log.String())
				}
				timeout, ok := errors.AsType[*TimeoutError](err)
				if ok != (how == "deadline") || ok && timeout.Cause != nil || !ok && !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %s: got %v", name, how, err)
				}
			})
		}
	}
}

// A poll that fails is followed by others, for five minutes.
func TestWait_endsAfterFiveMinutesOfFailures(t *testing.T) {
	t.Parallel()
	for want, fault := range map[string]rebillytest.Fault{
		"404 Not Found":                                     rebillytest.Problem(404, "Not Found", ""),
		"refused to follow a redirect":                      rebillytest.Redirect(302, "https://example.com/"),
		`is the export "y"`:                                 rebillytest.JSON(`{"id":"y","status":"queued"}`),
		"no response from api.rebilly.com after 5 attempts": rebillytest.Cut(),
		"429 Rate Limit Exceeded":                           rebillytest.RateLimited(time.Time{}),
	} {
		synctest.Test(t, func(t *testing.T) {
			api := rebillytest.NewFor(t)
			// The failures before the success do not count.
			api.Fail(slices.Repeat([]rebillytest.Fault{fault}, 10)...)
			api.Fail(withStatus(StatusProcessing))
			api.FailAlways(fault)
			var succeeded time.Time
			onPoll := func(status string, _ time.Duration) {
				if status == StatusProcessing && succeeded.IsZero() {
					succeeded = time.Now()
				}
			}
			requested := &OrganizationExport{ID: "x", Status: StatusQueued}
			export, err := newTestClient(t, api).WaitForOrganizationExport(t.Context(), "", requested, onPoll)
			if err == nil || !strings.Contains(err.Error(), want) || export.Status != StatusProcessing {
				t.Errorf("got %+v and %v, want %s", export, err, want)
			}
			// A poll takes up to 15 seconds with its retries, and begins up to 30
			// seconds after the one before.
			if failing := time.Since(succeeded); failing < maxFailing || failing > maxFailing+75*time.Second {
				t.Errorf("%s: ended after %s", want, failing)
			}
		})
	}
}

// With retries, the poll itself waits. Without, the wait does.
func TestWait_requestedDelays(t *testing.T) {
	t.Parallel()
	unavailable := slices.Repeat([]rebillytest.Fault{rebillytest.Problem(503, "Service Unavailable", "")}, 9)
	tests := map[string]struct {
		delay, waited time.Duration
		then          []rebillytest.Fault
		want          string // "" means that the export is completed
	}{
		"longer than five minutes": {delay: 8 * time.Minute, waited: 8 * time.Minute},
		"longer than ten minutes":  {delay: 30 * time.Minute, waited: 30 * time.Minute},
		"beyond the deadline":      {delay: 5 * time.Hour, waited: 2 * time.Second, want: "; it requests a delay until 2000-01-01T05:00:00Z, and the longest delay allowed is 59m58s"},
		"and then failures":        {delay: 8 * time.Minute, waited: 8 * time.Minute, then: unavailable, want: "503 Service Unavailable"},
	}
	for name, test := range tests {
		for _, retries := range []int{0, DefaultMaxRetries} {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				api := rebillytest.NewFor(t)
				api.Fail(rebillytest.RateLimited(start.Add(test.delay)))
				api.Fail(test.then...)
				api.FailAlways(withStatus(StatusCompleted))
				// Texts have whole seconds.
				err := waitForX(t, newTestClient(t, api, maxRetries(retries)), time.Hour+time.Millisecond)
				if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s, %d retries: got %v, want %q", name, retries, err, test.want)
				}
				if waited := time.Since(start); waited < test.waited || waited > test.waited+20*time.Second {
					t.Errorf("%s, %d retries: waited %s, want %s", name, retries, waited, test.waited)
				}
			})
		}
	}
}

func TestWait_logs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(
			withStatus(StatusQueued),
			rebillytest.Problem(503, "Busy", rebillytest.SecretKey),
			withStatus(StatusQueued),
			withStatus("paused "+rebillytest.SecretKey),
			withStatus(StatusCompleted),
		)
		var log logBuffer
		if err := waitForX(t, newTestClient(t, api, maxRetries(0), func(c *Config) { c.Logger = log.logger() }), time.Hour); err != nil {
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
