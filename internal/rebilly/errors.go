package rebilly

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// MayHaveActed reports whether the API may have done what a request asked for
// although it ended in err: not where no connection was there, or where the
// API answered that it refused (status 4xx).
func MayHaveActed(err error) bool {
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem.Status < http.StatusBadRequest || problem.Status >= http.StatusInternalServerError
	}
	if connection, ok := errors.AsType[*ConnectionError](err); ok {
		return connection.Sent
	}

	return true
}

// RequestedError says that an export was requested, and that neither the
// answer to the request nor reading the export told more of it than its id.
type RequestedError struct {
	// ID is the id of the export.
	ID string
	// Err is why the export could not be read.
	Err error
}

// Error names the export and why it could not be read.
func (e *RequestedError) Error() string {
	return fmt.Sprintf("the export %s was requested, and could not be read: %s", e.ID, e.Err)
}

// Unwrap returns why the export could not be read.
func (e *RequestedError) Unwrap() error { return e.Err }

// AnswerError says that the API answered with success, and that the answer is
// not what its contract promises: another shape, another id, no id or status,
// or a body over the limit. Nothing of such an answer is used.
type AnswerError struct {
	reason string
}

// Error says what came instead of the contract's answer, without its content
// where that may be secret.
func (e *AnswerError) Error() string { return e.reason }

// RedirectError says that the API redirected a request to where the client
// does not follow: another scheme, host or port, which would be handed the
// credential, or a request that is not safe to repeat.
type RedirectError struct {
	// Target is the scheme and host that the redirect named.
	Target string
	reason string
}

// Error names the target and why the redirect was refused.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("refused to follow a redirect to %s: %s", e.Target, e.reason)
}

// WaitError says that the API asked to be tried again later than the client
// may wait. It wraps the Problem with which the API asked.
type WaitError struct {
	// Problem is the API's answer; its RetryAt is when the API can be tried
	// again.
	Problem *Problem
	// Allowed is how long the client would have waited.
	Allowed time.Duration
}

// Error names the time from which on the request can be repeated.
func (e *WaitError) Error() string {
	return fmt.Sprintf("%s; it asks to wait until %s, which is more than the %s allowed",
		e.Problem, e.Problem.RetryAt.UTC().Format(time.RFC3339), e.Allowed.Round(time.Second))
}

// Unwrap returns the problem.
func (e *WaitError) Unwrap() error { return e.Problem }

// ConnectionError says that no whole answer came: the host was not found or
// not reached, its certificate is not trusted, the connection broke, or the
// time for an attempt ran out.
type ConnectionError struct {
	// Host is where the request went, without user information.
	Host string
	// Attempts is how many requests were sent, or begun.
	Attempts int
	// Sent says that the last attempt had a connection, so that the request
	// may have reached the host, whatever came of it.
	Sent bool
	// Lasting says that trying again does not help, as where the certificate
	// is not trusted.
	Lasting bool
	reason  string
	cause   error
}

// Error names the host, the attempts and the reason.
func (e *ConnectionError) Error() string {
	attempts := "1 attempt"
	if e.Attempts != 1 {
		attempts = fmt.Sprintf("%d attempts", e.Attempts)
	}

	return fmt.Sprintf("no answer from %s after %s: %s", e.Host, attempts, e.reason)
}

// Unwrap returns what net/http reported. It may hold the URL of the request;
// it is there to be compared (errors.Is, errors.As), not to be shown.
func (e *ConnectionError) Unwrap() error { return e.cause }
