package rebilly

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// attempter is what retry repeats: an API call, or the download of a file.
type attempter interface {
	// attempt sends one request. It returns nil if that was successful.
	attempt(ctx context.Context) *failure
	// beforeRetry is called before the delay of a retry.
	beforeRetry(ctx context.Context, last *failure, delay time.Duration)
	// contextError returns the error for the end of the caller's context.
	contextError(cause error) error
	// delayError returns the error for a response that requests a longer delay
	// than allowed.
	delayError(last *failure, allowed time.Duration) error
}

type failure struct {
	// err is the caller's error if this attempt was the last one.
	err error
	// retry is true if another attempt is safe and may succeed.
	retry bool
	// progress is true if the attempt brought something new, so that retries are
	// counted from zero.
	progress bool
	// retryAt is the earliest time for a retry; zero if the response requests none.
	retryAt time.Time
}

// retry repeats attempts until one succeeds, until MaxRetries retries in a row
// bring nothing new, or until ctx ends.
func (c *Client) retry(ctx context.Context, request attempter) error {
	for retries := 0; ; retries++ {
		if err := ctx.Err(); err != nil {
			return request.contextError(err)
		}
		last := request.attempt(ctx)
		if last == nil {
			return nil
		}
		if last.progress {
			retries = 0
		}
		allowed := c.allowedDelay(ctx)
		switch {
		case !last.retry:
			return last.err
		case time.Until(last.retryAt) > allowed:
			return request.delayError(last, allowed)
		case ctx.Err() != nil:
			return request.contextError(ctx.Err())
		case retries >= c.config.MaxRetries:
			return last.err
		}

		delay := c.retryDelay(retries, last.retryAt)
		request.beforeRetry(ctx, last, delay)
		select {
		case <-ctx.Done():
		case <-time.After(delay):
		}
	}
}

// retryableStatus reports whether a retry may get another response than one
// with the given status code.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	default:
		return status >= http.StatusInternalServerError
	}
}

// retryableError reports whether a retry may help after an error of net/http. The
// library knows those that no retry changes, such as a certificate that is not
// trusted.
func retryableError(ctx context.Context, err error) bool {
	retry, _ := retryablehttp.DefaultRetryPolicy(context.WithoutCancel(ctx), nil, err)

	return retry
}

// retryDelay returns the delay before the next attempt: until retryAt, plus a
// random part below RetryWait. If that time has passed, it is a random delay from half
// of RetryWait<<retries, which ends at 30 times RetryWait, to all of it. The random part
// keeps the reads of one plan, which fail together, from retrying together.
func (c *Client) retryDelay(retries int, retryAt time.Time) time.Duration {
	if delay := time.Until(retryAt); delay > 0 {
		return delay + c.config.Jitter(c.config.RetryWait)
	}
	delay := doubled(c.config.RetryWait, 30, retries)

	return delay/2 + c.config.Jitter(delay/2)
}

// doubled returns first, doubled as often as times says, and at most limit times first.
func doubled(first time.Duration, limit, times int) time.Duration {
	return first * time.Duration(min(1<<min(times, limit), limit))
}

// allowedDelay returns the longest requested delay to honor. It is never longer
// than the time left until the deadline of ctx, and never negative: the deadline
// may pass while a POST is under way.
func (c *Client) allowedDelay(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(0, min(c.maxRequestedDelay, time.Until(deadline)))
	}

	return c.maxRequestedDelay
}

// retryAt returns the earliest time for a retry, on the clock of this machine. It
// is from X-RateLimit-Retry-After (Rebilly's: a Unix time in seconds), or else from
// Retry-After (RFC 9110, section 10.2.3: a number of seconds, or an HTTP date). The
// times in both are on the clock of the server, which Date tells, so only the delay
// is taken from them. The time is zero if neither header has a valid value, or if
// that is in the past.
func retryAt(header http.Header, now time.Time) time.Time {
	serverTime, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		serverTime = now
	}
	var delay time.Duration
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(header.Get("X-RateLimit-Retry-After"), 10, 64); err == nil && seconds > 0 {
		delay = time.Unix(seconds, 0).Sub(serverTime)
	} else if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		delay = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		delay = date.Sub(serverTime)
	}
	if delay <= 0 {
		return time.Time{}
	}

	return now.Add(delay)
}

func describeDelay(retryAt time.Time, allowed time.Duration) string {
	return fmt.Sprintf("it requests a delay until %s, and the longest delay allowed is %s",
		retryAt.UTC().Format(time.RFC3339), allowed.Round(time.Second))
}
