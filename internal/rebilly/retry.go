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

// maxWait is the longest single wait that an answer can ask for. Rebilly
// counts its rate limit in windows of ten minutes: whoever is told to wait
// longer is not told of the end of a window.
const maxWait = 10 * time.Minute

// errWaitTooLong stops the retries; do makes a WaitError of it.
var errWaitTooLong = errors.New("the wait asked for is longer than allowed")

// shouldRetry is the client's retryablehttp.CheckRetry. A request is tried
// again where the connection failed and where the answer was 429, 500, 502,
// 503 or 504; a request that changes something only where the API cannot have
// carried it out: there was no connection, or the answer was 429.
func shouldRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	current := callFrom(ctx)
	changes := current.method != http.MethodGet

	if err != nil {
		var (
			redirect *RedirectError
			answer   *AnswerError
		)
		if errors.As(err, &redirect) || errors.As(err, &answer) {
			return false, nil
		}
		// It knows the failures that no repetition mends: a context that has
		// ended, a certificate that is not trusted.
		retry, err := retryablehttp.DefaultRetryPolicy(ctx, response, err)
		current.lasting = !retry

		return retry && (!changes || !current.connected), err
	}

	if !passing(response.StatusCode) || changes && response.StatusCode != http.StatusTooManyRequests {
		return false, nil
	}
	if wait, asked := waitAskedFor(response); asked && wait > allowedWait(ctx) {
		return false, errWaitTooLong
	}

	return true, nil
}

// passing reports whether an answer of the given status may be another one
// when the request is repeated.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// backoff is the client's retryablehttp.Backoff: until the time that the
// answer names, else from half of shortest<<attempt to the whole, and never
// over longest. The random part keeps the reads of one plan, which fail
// together, from coming back together.
func backoff(shortest, longest time.Duration, attempt int, response *http.Response) time.Duration {
	if wait, asked := waitAskedFor(response); asked {
		return wait + jitter(shortest)
	}
	// A copy without a response: the library would take Retry-After from it
	// once more, also where it is not a time to come.
	wait := retryablehttp.DefaultBackoff(shortest, longest, attempt, nil)

	return wait/2 + jitter(wait/2)
}

// jitter returns a random duration below limit.
func jitter(limit time.Duration) time.Duration {
	return rand.N(max(limit, 1)) //nolint:gosec // Nobody gains by guessing it.
}

// allowedWait is how long a wait may be: maxWait, or what is left until the
// deadline of ctx.
func allowedWait(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(maxWait, time.Until(deadline))
	}

	return maxWait
}

// waitAskedFor returns how long a 429 or 503 answer asks to be left alone,
// and false where it does not ask or the time has passed already.
func waitAskedFor(response *http.Response) (time.Duration, bool) {
	if response == nil || response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	now := time.Now()
	at := retryAt(response.Header, now)

	return at.Sub(now), at.After(now)
}

// retryAt returns the time from which on a request can be repeated, from
// X-RateLimit-Retry-After (Rebilly's: a Unix time in seconds), else from
// Retry-After (RFC 9110, section 10.2.3: seconds from now, or an HTTP date).
// It is zero where neither says anything that can be understood.
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
