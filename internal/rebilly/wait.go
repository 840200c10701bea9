package rebilly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
)

// maxFailing is how long all polls of a wait may fail.
const maxFailing = 5 * time.Minute

// TerminalStatusError says that an export will never be completed: its status
// is failed or expired.
type TerminalStatusError struct {
	Export *OrganizationExport
	// Timeline is how long each status lasted while waiting, such as
	// "queued 2m0s, processing 31m0s", without the final one. It is safe for errors.
	Timeline string
}

func (e *TerminalStatusError) Error() string {
	return fmt.Sprintf("export %q has the status %s", e.Export.ID, e.Export.Status)
}

// TimeoutError says that the deadline of a wait passed before the export was
// completed. Rebilly continues with the export.
type TimeoutError struct {
	// Export is the export as last read.
	Export *OrganizationExport
	// Status is its status, safe for errors and logs.
	Status string
	// Waited is the time spent waiting.
	Waited time.Duration
	// Timeline is how long each status lasted while waiting.
	Timeline string
	// Cause is why the last poll failed; nil if it did not fail.
	Cause error
}

func (e *TimeoutError) Error() string {
	text := fmt.Sprintf("it was still %s after %s", e.Status, e.Waited.Round(time.Second))
	if e.Cause != nil {
		text += "; the last poll failed: " + e.Cause.Error()
	}

	return text
}

func (e *TimeoutError) Unwrap() error { return e.Cause }

// timeline is how long each status of an export lasted while it was waited for.
type timeline struct {
	status  string
	since   time.Time
	periods []string
}

// observe records that an export has the given status now. It returns true if the
// status is a new one.
func (t *timeline) observe(status string) bool {
	if status == t.status {
		return false
	}
	t.end()
	t.status, t.since = status, time.Now()

	return true
}

func (t *timeline) end() {
	if lasted := time.Since(t.since); t.status != "" && lasted > 0 {
		t.periods = append(t.periods, t.status+" "+lasted.Round(time.Second).String())
	}
}

func (t *timeline) String() string { return strings.Join(t.periods, ", ") }

// WaitForOrganizationExport polls the given export until it is completed, or
// until ctx ends. It always returns the export as last read, also with an error. It
// calls onPoll, unless that is nil, with the first status and with that of every poll,
// and with the time waited so far.
//
// A status that the API schema lacks counts as in progress. After a poll that fails,
// the wait continues, until all polls have failed for five minutes: then the error is
// that of the last one (see GetOrganizationExport). Others are a *TerminalStatusError, a
// *TimeoutError (the deadline of ctx passed), a *RetryAfterError (the API requests
// a delay beyond the deadline), context.Canceled, or an *InvalidIDError.
func (c *Client) WaitForOrganizationExport(ctx context.Context, organizationID string, export *OrganizationExport,
	onPoll func(status string, waited time.Duration),
) (*OrganizationExport, error) {
	// Only the deadline limits the delays that polls request.
	patient := *c
	patient.maxRequestedDelay = math.MaxInt64 / 2
	start := time.Now()

	var (
		failure error
		failing time.Time // when the first failed poll since the last successful one began
		lasted  timeline
	)
	for polls := 0; ; polls++ {
		status := c.ShownStatus(export)
		if lasted.observe(status) {
			c.logStatus(ctx, export.ID, status, time.Since(start))
		}
		if onPoll != nil {
			onPoll(status, time.Since(start))
		}
		if export.Status == StatusCompleted {
			return export, nil
		}
		if IsTerminal(export.Status) {
			return export, &TerminalStatusError{Export: export, Timeline: lasted.String()}
		}

		select {
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return export, ctx.Err()
			}
			lasted.end()

			return export, &TimeoutError{
				Export:   export,
				Status:   status,
				Waited:   time.Since(start),
				Timeline: lasted.String(),
				Cause:    failure,
			}
		case <-time.After(c.pollDelay(polls, failure)):
		}

		poll := time.Now()
		polled, err := patient.GetOrganizationExport(ctx, organizationID, export.ID)
		switch {
		case err == nil:
			export, failure = polled, nil

			continue
		case ctx.Err() != nil:
			// The next round ends the wait.
			continue
		case failure == nil:
			failing = poll
		}
		failure = err
		_, invalid := errors.AsType[*InvalidIDError](err)
		_, tooLong := errors.AsType[*RetryAfterError](err)
		if invalid || tooLong || time.Since(failing) >= maxFailing {
			return export, err
		}
		c.config.Logger.LogAttrs(ctx, slog.LevelWarn, "Polling an organization export failed; the wait continues",
			slog.String("id", export.ID), slog.String("error", err.Error()))
	}
}

// maxDoubts is how often FindOrganizationExport reads again.
const maxDoubts = 3

// FindOrganizationExport returns an export that was there before. Unlike
// GetOrganizationExport, it reads again after a 404, because one of several servers of
// the API may be behind: three times, with the delays of the first polls of a wait. Its
// errors are the same.
func (c *Client) FindOrganizationExport(ctx context.Context, organizationID, id string) (*OrganizationExport, error) {
	for doubts := 0; ; doubts++ {
		export, err := c.GetOrganizationExport(ctx, organizationID, id)
		if !IsNotFound(err) || doubts == maxDoubts {
			return export, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(c.pollDelay(doubts, err)):
		}
	}
}

// pollDelay returns the delay after the given number of polls. It doubles each
// time, minus a random part of up to a quarter, within the client's limits. It is
// longer if the response to the last poll, which failed, requests that.
func (c *Client) pollDelay(polls int, failure error) time.Duration {
	delay := doubled(c.config.PollWait, 15, polls)
	delay = max(delay-c.config.Jitter(delay/4), c.config.PollWait)
	if problem, ok := errors.AsType[*Problem](failure); ok && time.Until(problem.RetryAt) > delay {
		return c.retryDelay(0, problem.RetryAt)
	}

	return delay
}

func (c *Client) logStatus(ctx context.Context, id, status string, waited time.Duration) {
	level, message := slog.LevelInfo, "Organization export status"
	if !IsKnown(status) {
		level, message = slog.LevelWarn, "Organization export status that this version does not know"
	}
	c.config.Logger.LogAttrs(ctx, level, message,
		slog.String("id", id), slog.String("status", status), slog.Duration("elapsed", waited.Round(time.Millisecond)))
}
