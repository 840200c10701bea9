package rebilly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// The statuses that an export passes through and those that it ends with.
// After completed, failed and expired nothing more comes.
const (
	StatusPending    = "pending"
	StatusQueued     = "queued"
	StatusProcessing = "processing"
	StatusCompleted  = "completed"
	StatusFailed     = "failed"
	StatusExpired    = "expired"
)

// EndedError says that an export was waited for and can never be completed:
// its status is failed or expired.
type EndedError struct {
	Export *OrganizationExport
}

// Error names the export and its status.
func (e *EndedError) Error() string {
	return fmt.Sprintf("the export %s is %s", e.Export.ID, e.Export.Status)
}

// TimeoutError says that an export was not completed in the time there was to
// wait for it. The export itself goes on.
type TimeoutError struct {
	// Export is the export as it was last seen.
	Export *OrganizationExport
	// Status is its status, fit for errors and logs.
	Status string
	// Waited is how long it was waited for.
	Waited time.Duration
	// Cause is why the last look failed; nil where it did not.
	Cause error
}

// Error names the export, its last status and the time waited.
func (e *TimeoutError) Error() string {
	text := fmt.Sprintf("the export %s was still %s after %s", e.Export.ID, e.Status, e.Waited.Round(time.Second))
	if e.Cause != nil {
		text += "; the last look at it failed: " + e.Cause.Error()
	}

	return text
}

// Unwrap returns why the last look failed.
func (e *TimeoutError) Unwrap() error { return e.Cause }

// WaitForOrganizationExport looks at the given export until it is completed,
// for timeout at most, and returns it as it is then. The time between two
// looks grows from Config.PollWaitMin to Config.PollWaitMax.
//
// A status that the contract does not know is waited out like one that does
// not end anything. A look that fails by a connection or on the API's side is
// followed by another one. The error is an *EndedError or a *TimeoutError,
// that of ctx, or one of GetOrganizationExport that waiting does not mend.
func (c *Client) WaitForOrganizationExport(ctx context.Context, export *OrganizationExport, timeout time.Duration) (*OrganizationExport, error) {
	start := time.Now()
	waiting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var failure error
	for looks := 0; ; looks++ {
		switch export.Status {
		case StatusCompleted:
			return export, nil
		case StatusFailed, StatusExpired:
			return nil, &EndedError{Export: export}
		}
		pause := c.pollBackoff(looks)
		c.logWaiting(ctx, export, time.Since(start), pause, failure)

		select {
		case <-waiting.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}

			return nil, &TimeoutError{
				Export: export,
				Status: c.clean(export.Status, maxShownExcerpt),
				Waited: time.Since(start),
				Cause:  failure,
			}
		case <-time.After(pause):
		}

		seen, err := c.GetOrganizationExport(waiting, export.ID)
		switch {
		case err == nil:
			export, failure = seen, nil
		case waiting.Err() != nil:
			// What ended this look ends the wait too.
		case temporary(err):
			failure = err
		default:
			return nil, err
		}
	}
}

// temporary reports whether a later look at an export that was seen before can
// succeed. The attempts of one look are used up by then, but half an hour of
// waiting is not to be lost for a minute's outage.
func temporary(err error) bool {
	if _, tooLong := errors.AsType[*WaitError](err); tooLong {
		return false
	}
	if problem, ok := errors.AsType[*Problem](err); ok {
		return passing(problem.Status)
	}
	connection, ok := errors.AsType[*ConnectionError](err)

	return ok && !connection.Lasting
}

// pollBackoff returns how long to wait after so many looks: twice as long each
// time, a random part of a quarter less, within the bounds of the client.
func (c *Client) pollBackoff(looks int) time.Duration {
	pause := c.pollWaitMin
	for range looks {
		pause = min(2*pause, c.pollWaitMax)
	}

	return max(pause-jitter(pause/4), c.pollWaitMin)
}

func (c *Client) logWaiting(ctx context.Context, export *OrganizationExport, waited, pause time.Duration, failure error) {
	level, message := slog.LevelInfo, "Waiting for an organization export"
	switch export.Status {
	case StatusPending, StatusQueued, StatusProcessing:
	default:
		level, message = slog.LevelWarn, "Waiting for an organization export with a status that this version does not know"
	}
	attributes := []slog.Attr{
		slog.String("id", export.ID),
		slog.String("status", c.clean(export.Status, maxShownExcerpt)),
		slog.Duration("waited", waited),
		slog.Duration("pause", pause),
	}
	if failure != nil {
		level = slog.LevelWarn
		attributes = append(attributes, slog.String("error", failure.Error()))
	}
	c.logger.LogAttrs(ctx, level, message, attributes...)
}
