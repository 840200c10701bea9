package rebilly

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"
)

// call is an API call, with its retries.
type call struct {
	client *Client
	method string
	target *url.URL
	body   []byte
	// awaitsResource is true if the resource may appear late, so that a 404 of the
	// API is retried.
	awaitsResource bool

	attempts int
	// sent is true if the last attempt had a connection, so that the host may
	// have received the request.
	sent bool
	// lastStatus is the status code of the last response; 0 if there was none.
	lastStatus int
	// response is that of the last attempt if its status code was 2xx. It has no
	// body if that could not be read.
	response *response
}

// do sends one request and returns the response if its status code is 2xx.
// Otherwise the error is a *Problem, *RetryAfterError, *RedirectError,
// *InvalidResponseError, *ConnectionError, *DeadlineError, or the error of
// ctx. A response that is returned with an error has a header and no body: its
// status code was 2xx, and its body could not be read.
func (c *Client) do(ctx context.Context, method string, target *url.URL, body []byte) (*response, error) {
	request := &call{client: c, method: method, target: target, body: body}
	err := c.retry(ctx, request)

	return request.response, err
}

// attempt implements attempter. A GET is retried after a connection error and
// after a status code for which retryableStatus is true. A POST is retried only if
// the API cannot have carried it out: without a connection, and after 429.
func (r *call) attempt(ctx context.Context) *failure {
	r.attempts++
	r.sent, r.response = false, nil
	if r.method != http.MethodGet {
		// The API carries out a POST even if nobody waits for the response, and
		// the response has the only copy of the new export's ID. The timeout of
		// the http.Client still applies.
		ctx = context.WithoutCancel(ctx)
	}
	request, err := r.newRequest(ctx)
	if err != nil {
		return &failure{err: err}
	}
	start := time.Now()
	received, err := r.client.http.Do(request)
	r.log(request, received, err, time.Since(start))
	if err != nil {
		return r.connectionFailure(ctx, err)
	}
	defer func() { _ = received.Body.Close() }()

	r.lastStatus = received.StatusCode
	body, err := readBody(received)
	if isSuccess(received) {
		r.response = &response{header: received.Header, body: body}
		if err != nil {
			return r.connectionFailure(ctx, err)
		}

		return nil
	}
	// The body of an error response only explains the error, and may be missing.
	problem := r.client.newProblem(received, body)
	problem.Attempts = r.attempts
	last := &failure{err: problem, retryAt: problem.RetryAt, retry: problem.Status == http.StatusTooManyRequests}
	if r.method == http.MethodGet {
		last.retry = retryableStatus(problem.Status) || r.awaitsResource && IsNotFound(problem)
	}

	return last
}

func (r *call) newRequest(ctx context.Context) (*http.Request, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { r.sent = true },
	})
	request, err := http.NewRequestWithContext(ctx, r.method, r.target.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	if r.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", r.client.config.UserAgent)
	credential := r.client.config.Credential
	request.Header.Set(credential.header, credential.prefix+credential.secret)

	return request, nil
}

// connectionFailure returns the failure for an attempt without a complete and usable
// response.
func (r *call) connectionFailure(ctx context.Context, err error) *failure {
	if redirect, ok := errors.AsType[*RedirectError](err); ok {
		return &failure{err: redirect}
	}
	if invalid, ok := errors.AsType[*InvalidResponseError](err); ok {
		return &failure{err: invalid}
	}
	reason := r.client.shownCause(err)
	if errors.Is(err, context.DeadlineExceeded) {
		reason = fmt.Sprintf("no response within the request timeout of %s (%s)", r.client.http.Timeout, reason)
	}
	retryable := retryableError(ctx, err)

	return &failure{
		err: &ConnectionError{
			Host:     r.target.Host,
			Attempts: r.attempts,
			Sent:     r.sent,
			reason:   reason,
			cause:    err,
		},
		retry: retryable && (r.method == http.MethodGet || !r.sent),
	}
}

// shownCause returns the text of an error of net/http, safe for errors and logs. A
// *url.Error begins with the URL, which is secret after a redirect.
func (c *Client) shownCause(err error) string {
	if requestError, ok := errors.AsType[*url.Error](err); ok {
		err = requestError.Err
	}

	return c.redactor.clean(err.Error(), maxShownText)
}

// log writes a line about an attempt, without headers and bodies, which have the
// secrets.
func (r *call) log(request *http.Request, received *http.Response, err error, duration time.Duration) {
	ctx := request.Context()
	if !r.client.config.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attributes := []slog.Attr{
		slog.String("method", request.Method),
		slog.String("path", r.client.redactor.clean(request.URL.Path, maxShownText)),
		slog.Int("attempt", r.attempts),
		slog.Duration("duration", duration),
	}
	if err != nil {
		attributes = append(attributes, slog.String("error", r.client.shownCause(err)))
	} else {
		attributes = append(attributes, slog.Int("status", received.StatusCode),
			slog.String("request_id", r.client.redactor.clean(received.Header.Get(requestIDHeader), maxShownExcerpt)))
	}
	r.client.config.Logger.LogAttrs(ctx, slog.LevelDebug, "Rebilly API request", attributes...)
}

func (r *call) beforeRetry(ctx context.Context, last *failure, delay time.Duration) {
	r.client.config.Logger.LogAttrs(ctx, slog.LevelWarn, "Retrying a Rebilly API request",
		slog.Duration("delay", delay), slog.String("error", last.err.Error()))
}

func (r *call) contextError(cause error) error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return &DeadlineError{Host: r.target.Host, Attempts: r.attempts, LastStatus: r.lastStatus}
	}

	return cause
}

func (r *call) delayError(last *failure, allowed time.Duration) error {
	problem, _ := errors.AsType[*Problem](last.err)

	return &RetryAfterError{Problem: problem, Allowed: allowed}
}
