package rebilly

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// everyTenSeconds makes a client poll at fixed times.
func everyTenSeconds(c *Config) { c.PollWaitMin, c.PollWaitMax = 10*time.Second, 10*time.Second }

// waitWithStatuses waits for an export whose polls have the given statuses. It
// returns what onPoll received, and the error.
func waitWithStatuses(t *testing.T, timeout time.Duration, first string, polled ...string) (string, error) {
	t.Helper()
	api := rebillytest.NewFor(t)
	for _, status := range polled {
		api.Fail(withStatus(status))
	}
	api.FailAlways(withStatus(polled[len(polled)-1]))
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var received []string
	onPoll := func(status string, waited time.Duration) {
		received = append(received, fmt.Sprintf("%s %s", status, waited))
	}
	_, err := newTestClient(t, api, everyTenSeconds).WaitForOrganizationExport(ctx, "", &OrganizationExport{ID: "x", Status: first}, onPoll)

	return strings.Join(received, ", "), err
}

func TestWait_callsOnPoll(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statuses []string
		want     string
	}{
		"every poll":          {[]string{"pending", "queued", "queued", "processing", "completed"}, "pending 0s, queued 10s, queued 20s, processing 30s, completed 40s"},
		"no change":           {[]string{"queued", "queued", "completed"}, "queued 0s, queued 10s, completed 20s"},
		"back and forth":      {[]string{"queued", "processing", "queued", "failed"}, "queued 0s, processing 10s, queued 20s, failed 30s"},
		"unknown and cleaned": {[]string{"queued", `new` + rebillytest.SecretKey, "completed"}, "queued 0s, new*** 10s, completed 20s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if got, _ := waitWithStatuses(t, time.Hour, test.statuses[0], test.statuses[1:]...); got != test.want {
					t.Errorf("onPoll received %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestWait_callsOnPollWithoutWaiting(t *testing.T) {
	t.Parallel()
	got, err := waitWithStatuses(t, time.Hour, StatusCompleted, StatusFailed)
	if !strings.HasPrefix(got, "completed ") || strings.Contains(got, ",") || err != nil {
		t.Errorf("onPoll received %s; the error is %v", got, err)
	}
}

func TestWait_timelineOfErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		statuses []string
		want     string
	}{
		"failed":                {[]string{"pending", "queued", "queued", "processing", "failed"}, "pending 10s, queued 20s, processing 10s"},
		"timed out":             {[]string{"queued", "queued", "processing"}, "queued 20s, processing 45s"},
		"timed out at once":     {[]string{"queued", "queued"}, "queued 1m5s"},
		"timed out, then again": {[]string{"queued", "processing", "queued"}, "queued 10s, processing 10s, queued 45s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := waitWithStatuses(t, 65*time.Second, test.statuses[0], test.statuses[1:]...)
				var timeline Timeline
				if terminal, ok := errors.AsType[*TerminalStatusError](err); ok {
					timeline = terminal.Timeline
				}
				if timeout, ok := errors.AsType[*TimeoutError](err); ok {
					timeline = timeout.Timeline
					total := time.Duration(0)
					for _, period := range timeline {
						total += period.Duration
					}
					if total != timeout.Waited {
						t.Errorf("the statuses lasted %s of %s", total, timeout.Waited)
					}
				}
				if got := timeline.String(); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}
