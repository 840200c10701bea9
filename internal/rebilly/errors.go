package rebilly

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// IsNotFound reports whether err proves that the API does not have the export,
// file, or organization: it wraps a *Problem with the status code 404 (RFC 9110,
// section 15.5.5) whose IsProblemObject is true. Any other 404 proves nothing,
// because it can come from a gateway between the client and the API.
func IsNotFound(err error) bool {
	problem, ok := errors.AsType[*Problem](err)

	return ok && problem.Status == http.StatusNotFound && problem.IsProblemObject
}

// MayHaveActed reports whether the API may have carried out a POST that failed with err:
// it was sent, and not refused (status 4xx).
func MayHaveActed(err error) bool {
	// It wraps the error of a GET, which says nothing about the POST.
	if _, requested := errors.AsType[*ReadAfterRequestError](err); requested {
		return true
	}
	if problem, ok := errors.AsType[*Problem](err); ok {
		return problem.Status < http.StatusBadRequest || problem.Status >= http.StatusInternalServerError
	}
	if connection, ok := errors.AsType[*ConnectionError](err); ok {
		return connection.Sent
	}
	// Every other error comes before the request is sent: an invalid ID, or the
	// end of the context.
	_, redirect := errors.AsType[*RedirectError](err)
	_, invalid := errors.AsType[*InvalidResponseError](err)

	return redirect || invalid
}

// Problem is an error response of the API (status code other than 2xx), as RFC
// 9457 problem details. All its text is safe for errors and logs: on one line,
// of limited length, and without the credential and the paths of links.
type Problem struct { //nolint:errname // The RFC calls it a problem.
	// Status is the HTTP status code of the response, whatever the problem
	// object itself says.
	Status int
	// Title is never empty. Detail says what the response is if that is not a problem
	// object.
	Title, Detail, Instance string
	// InvalidFields are the fields of the request that the API refused
	// (status 422): the first 20. MoreInvalidFields is true if there are more.
	InvalidFields     []InvalidField
	MoreInvalidFields bool
	// RequestID is the response's X-Request-Id, for Rebilly's support.
	RequestID string
	// RetryAt is the earliest time for a retry, on the clock of this machine; zero if
	// the API names no time, or a past one.
	RetryAt time.Time
	// ResponseTime is the Date of the response, on the API's clock; zero without one.
	ResponseTime time.Time
	// IsProblemObject is true if the body is a JSON object with a title, or
	// with the response's status code as status. Gateways send other bodies.
	IsProblemObject bool
	Attempts        int
}

// InvalidField is one field of a request that the API refused, and why.
type InvalidField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (p *Problem) Error() string {
	text := fmt.Sprintf("the API returned %d %s", p.Status, p.Title)
	if p.Detail != "" {
		text += ": " + p.Detail
	}

	return text
}

const maxInvalidFields = 20

// newProblem reads the problem object in body. It takes what it can: clients
// ignore members of an unexpected type (RFC 9457, section 3.1), and a gateway
// may send something else.
func (c *Client) newProblem(received *http.Response, body []byte) *Problem {
	// Unlike a struct, a map does not take the members Status or TITLE of a gateway.
	var members map[string]json.RawMessage
	_ = json.Unmarshal(body, &members)
	var status Integer
	_ = json.Unmarshal(members["status"], &status)
	text := func(name string) string {
		var value string
		_ = json.Unmarshal(members[name], &value)

		return c.redactor.clean(value, maxShownText)
	}
	problem := &Problem{
		Status:    received.StatusCode,
		Title:     text("title"),
		Detail:    text("detail"),
		Instance:  text("instance"),
		RequestID: c.redactor.clean(received.Header.Get(requestIDHeader), maxShownExcerpt),
		RetryAt:   retryAt(received.Header, time.Now()),
	}
	problem.ResponseTime, _ = http.ParseTime(received.Header.Get("Date"))
	problem.IsProblemObject = problem.Title != "" || int(status) == received.StatusCode
	problem.Title = cmp.Or(problem.Title, http.StatusText(received.StatusCode))
	if members == nil && len(body) > 0 {
		problem.Detail = "the response is not a problem object but " + c.describe(received.Header, body)
	}
	var invalid elements[json.RawMessage]
	_ = json.Unmarshal(members["invalidFields"], &invalid)
	problem.MoreInvalidFields = len(invalid) > maxInvalidFields
	for _, element := range invalid[:min(len(invalid), maxInvalidFields)] {
		var field InvalidField
		if element != nil {
			_ = json.Unmarshal(*element, &field)
		}
		problem.InvalidFields = append(problem.InvalidFields, InvalidField{
			Field:   c.redactor.clean(field.Field, maxShownExcerpt),
			Message: c.redactor.clean(field.Message, maxShownText),
		})
	}

	return problem
}

// InvalidIDError says that an ID cannot be one of Rebilly's, so that nothing was
// sent.
type InvalidIDError struct {
	reason string
}

func (e *InvalidIDError) Error() string { return e.reason }

// ReadAfterRequestError says that an export was requested and that nothing but
// its ID is known: the response to the request was unusable, and reading the
// export failed.
type ReadAfterRequestError struct {
	// ID is the ID of the export.
	ID string
	// Err is why the export could not be read.
	Err error
}

func (e *ReadAfterRequestError) Error() string {
	return fmt.Sprintf("export %q was requested and could not be read: %s", e.ID, e.Err)
}

func (e *ReadAfterRequestError) Unwrap() error { return e.Err }

// InvalidResponseError says that a response with a status code of 2xx does not
// match the API schema: another type, another ID, no ID or status, or a body
// over the limit. Nothing of that response is used.
type InvalidResponseError struct {
	reason string
}

func (e *InvalidResponseError) Error() string { return e.reason }

// RedirectError says that the client refused to follow a redirect: to another
// scheme, host, or port, which would receive the credential, or of a POST.
type RedirectError struct {
	// Target is the scheme, host, and port that the redirect names.
	Target string
	// OnSameHost is true if the credential would not leave the host.
	OnSameHost bool
	reason     string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("refused to follow a redirect to %s: %s", e.Target, e.reason)
}

// RetryAfterError says that the API requested a longer delay than the client
// allows. It wraps the Problem that the API returned.
type RetryAfterError struct {
	Problem *Problem
	// Allowed is the longest delay that the client would have waited.
	Allowed time.Duration
}

func (e *RetryAfterError) Error() string {
	return e.Problem.Error() + "; " + describeDelay(e.Problem.RetryAt, e.Allowed)
}

func (e *RetryAfterError) Unwrap() error { return e.Problem }

// DeadlineError says that the deadline of the caller's context passed before
// the API returned a usable response.
type DeadlineError struct {
	// Attempts were sent, or started, to Host.
	Host     string
	Attempts int
	// LastStatus is the status code of the last response; 0 if there was none.
	LastStatus int
}

func (e *DeadlineError) Error() string {
	text := fmt.Sprintf("no usable response from %s within the time allowed", e.Host)
	if e.Attempts > 0 {
		text += ", after " + FormatAttempts(e.Attempts)
	}
	if e.LastStatus != 0 {
		text += fmt.Sprintf("; the last status code was %d", e.LastStatus)
	}

	return text
}

func (*DeadlineError) Unwrap() error { return context.DeadlineExceeded }

// ConnectionError says that no complete response was received: the host was
// not found or not reachable, its certificate is not trusted, the connection
// broke, or an attempt timed out.
type ConnectionError struct {
	// Attempts were sent, or started, to Host.
	Host     string
	Attempts int
	// Sent is true if the last attempt had a connection, so that the host may
	// have received the request.
	Sent   bool
	reason string
	cause  error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("no response from %s after %s: %s", e.Host, FormatAttempts(e.Attempts), e.reason)
}

// Unwrap returns the error of net/http for errors.Is and errors.AsType. It may
// contain the request's URL and must not be shown.
func (e *ConnectionError) Unwrap() error { return e.cause }

// FormatAttempts returns a number of attempts as text, such as "5 attempts".
func FormatAttempts(count int) string {
	if count == 1 {
		return "1 attempt"
	}

	return fmt.Sprintf("%d attempts", count)
}
