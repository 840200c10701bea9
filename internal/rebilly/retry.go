package rebilly

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// longestRetryAfter is the longest delay that the API can request. Rebilly
// counts its rate limit in windows of ten minutes; a longer delay is not the
// rest of a window.
const longestRetryAfter = 10 * time.Minute

// errRetryAfterTooLong stops the retries; do turns it into a RetryAfterError.
var errRetryAfterTooLong = errors.New("the requested delay is too long")

// shouldRetry is the client's retryablehttp.CheckRetry. It retries a request
// after a connection error and after 429, 500, 502, 503, and 504. It retries a
// POST only if the API cannot have carried it out: without a connection, and
// after 429.
func shouldRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	current := callFrom(ctx)
	post := current.method != http.MethodGet

	if err != nil {
		_, redirect := errors.AsType[*RedirectError](err)
		_, invalid := errors.AsType[*InvalidResponseError](err)
		if redirect || invalid {
			return false, nil
		}
		// The library knows the errors that no retry changes: a context that
		// has ended, a certificate that is not trusted.
		retry, policyErr := retryablehttp.DefaultRetryPolicy(ctx, response, err)
		current.permanent = !retry
		if post && current.sent {
			// Without an error of the policy, the caller gets the attempt's own.
			return false, nil
		}

		return retry, policyErr
	}

	current.lastStatus = response.StatusCode
	if !retryableStatus(response.StatusCode) || post && response.StatusCode != http.StatusTooManyRequests {
		return false, nil
	}
	if delay, ok := retryAfter(response); ok && delay > maxRetryAfter(ctx) {
		return false, errRetryAfterTooLong
	}
	// The API did not carry out this attempt, and the next one is not sent yet.
	current.sent = false

	return true, nil
}

// retryableStatus reports whether a retry may get another response than one
// with the given status code.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// backoff is the client's retryablehttp.Backoff. It returns the delay that the
// response requests, plus a random part below waitMin. Without one, it returns a
// random delay from half of waitMin<<attempt, or of waitMax if that is shorter,
// to all of it. The random part keeps the reads of one plan, which fail
// together, from retrying together.
func (c *Client) backoff(waitMin, waitMax time.Duration, attempt int, response *http.Response) time.Duration {
	if delay, ok := retryAfter(response); ok {
		return delay + c.jitter(waitMin)
	}
	// Without the response: the library would honor a Retry-After in the past.
	delay := retryablehttp.DefaultBackoff(waitMin, waitMax, attempt, nil)

	return delay/2 + c.jitter(delay/2)
}

// randomJitter returns a random duration below limit.
func randomJitter(limit time.Duration) time.Duration {
	return rand.N(max(limit, 1)) //nolint:gosec // Nobody gains by guessing it.
}

// maxRetryAfter returns the longest delay to honor: longestRetryAfter, or the
// time left until the deadline of ctx. It is never negative: the deadline may
// pass while a POST is under way.
func maxRetryAfter(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return max(0, min(longestRetryAfter, time.Until(deadline)))
	}

	return longestRetryAfter
}

// retryAfter returns the delay that a 429 or 503 response requests. It returns
// false if the response requests none, or if the time has passed.
func retryAfter(response *http.Response) (time.Duration, bool) {
	if response == nil || response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	now := time.Now()
	at := retryAt(response.Header, now)

	return at.Sub(now), at.After(now)
}

// retryAt returns the earliest time for a retry, from X-RateLimit-Retry-After
// (Rebilly's: a Unix time in seconds), or else from Retry-After (RFC 9110,
// section 10.2.3: seconds from now, or an HTTP date). It returns the zero time
// if neither header has a valid value.
func retryAt(header http.Header, now time.Time) time.Time {
	if seconds, err := strconv.ParseInt(header.Get("X-RateLimit-Retry-After"), 10, 64); err == nil && seconds > 0 {
		return time.Unix(seconds, 0)
	}
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return date
	}

	return time.Time{}
}
