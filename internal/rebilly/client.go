// Package rebilly is a client for the part of Rebilly's API that is about
// organization data exports. It requests, reads, and lists exports, waits until
// they are completed, reads the records of their files, and downloads the files.
//
// It retries what is safe to retry, never sends the credential to another
// host, validates responses, verifies downloads, and keeps the credential and
// signed links out of errors and logs.
package rebilly

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// DefaultMaxRetries is a number of retries for Config.MaxRetries, whose zero
// value turns retries off.
const DefaultMaxRetries = 4

// DefaultRequestTimeout replaces the zero value of Config.RequestTimeout.
const DefaultRequestTimeout = 30 * time.Second

// These replace the zero values of Config's fields.
const (
	defaultMinRetryWait = 1 * time.Second
	defaultMaxRetryWait = 30 * time.Second
	defaultMinPollWait  = 2 * time.Second
	defaultMaxPollWait  = 30 * time.Second
)

// Config configures a Client.
type Config struct {
	// BaseURL precedes the API's paths; see ValidateBaseURL.
	BaseURL string
	// Credential authenticates every API call. Downloads do not send it.
	Credential Credential
	// UserAgent is the value of the User-Agent header (RFC 9110, section
	// 10.1.5).
	UserAgent string
	// RequestTimeout limits one attempt at an API call, from dialing to the last
	// byte of the response. Zero means DefaultRequestTimeout.
	RequestTimeout time.Duration
	// MaxRetries is the maximum number of retries of an API call. For a download,
	// it limits the retries in a row that receive nothing new. Zero turns retries
	// off.
	MaxRetries int
	// RetryWaitMin and RetryWaitMax determine the delay before a retry. Its upper
	// limit is RetryWaitMin for the first retry, doubles with each retry, and is
	// at most RetryWaitMax. The delay is random, from half of its upper limit to
	// all of it. If the API requests a delay, the client waits that long, plus a
	// random time of up to RetryWaitMin. Zero means 1 and 30 seconds.
	RetryWaitMin, RetryWaitMax time.Duration
	// PollWaitMin and PollWaitMax limit the delay between two polls of an
	// export. Zero means 2 and 30 seconds.
	PollWaitMin, PollWaitMax time.Duration
	// StallTimeout is how long a download may receive nothing before its
	// connection counts as broken. Zero means DefaultStallTimeout.
	StallTimeout time.Duration
	// Jitter returns the random part of a delay: at least zero, and less than limit
	// unless that is zero. Nil means a random number.
	Jitter func(limit time.Duration) time.Duration
	// Transport sends API calls and the requests of downloads. Nil means
	// NewTransport().
	Transport http.RoundTripper
	// Logger receives one line for each HTTP exchange with the API, and for each
	// response to a download, at debug level. It receives new statuses of an
	// export that is waited for at info level, and at warn level if the status is
	// unknown. Polls that fail and retries of downloads are at warn level. No line
	// has the credential or a signed link. Nil turns logging off.
	Logger *slog.Logger
}

// Client calls the API for any number of organizations. It is safe for
// concurrent use.
type Client struct {
	base       *url.URL
	credential Credential
	userAgent  string
	timeout    time.Duration
	http       *retryablehttp.Client
	// files downloads from other hosts, without the credential.
	files        *http.Client
	stallTimeout time.Duration
	logger       *slog.Logger
	redactor     redactor
	jitter       func(limit time.Duration) time.Duration

	pollWaitMin, pollWaitMax time.Duration
}

// NewClient returns a client, or an error that names the invalid part of
// config. It sends nothing.
func NewClient(config Config) (*Client, error) {
	base, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if err := ValidateCredential(config.Credential.secret); err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	if config.Transport == nil {
		config.Transport = NewTransport()
	}
	if config.Jitter == nil {
		config.Jitter = randomJitter
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}

	client := &Client{
		base:       base,
		credential: config.Credential,
		userAgent:  config.UserAgent,
		timeout:    cmp.Or(config.RequestTimeout, DefaultRequestTimeout),
		logger:     config.Logger,
		redactor:   newRedactor(config.Credential),
		jitter:     config.Jitter,

		files:        &http.Client{Transport: config.Transport, CheckRedirect: checkFileRedirect},
		stallTimeout: cmp.Or(config.StallTimeout, DefaultStallTimeout),

		pollWaitMin: cmp.Or(config.PollWaitMin, defaultMinPollWait),
		pollWaitMax: cmp.Or(config.PollWaitMax, defaultMaxPollWait),
	}
	client.http = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     &transport{next: config.Transport, logger: config.Logger, redactor: client.redactor},
			CheckRedirect: client.checkRedirect,
			Timeout:       client.timeout,
		},
		RetryMax:     config.MaxRetries,
		RetryWaitMin: cmp.Or(config.RetryWaitMin, defaultMinRetryWait),
		RetryWaitMax: cmp.Or(config.RetryWaitMax, defaultMaxRetryWait),
		CheckRetry:   shouldRetry,
		Backoff:      client.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		RequestLogHook: func(_ retryablehttp.Logger, request *http.Request, retries int) {
			callFrom(request.Context()).begin(retries + 1)
		},
	}

	return client, nil
}

// BaseURL returns the normalized base URL: the host in lower case, and no
// trailing slash.
func (c *Client) BaseURL() string { return c.base.String() }

// call is the state that the hooks of one request and its retries share.
type call struct {
	method   string
	attempts int
	// sent is true if the last attempt had a connection, so that the host may
	// have received the request.
	sent bool
	// permanent is true if the last attempt failed in a way that no retry
	// changes.
	permanent bool
	// lastStatus is the status code of the last response; 0 if there was none.
	lastStatus int
}

func (c *call) begin(attempt int) {
	c.attempts, c.sent, c.permanent = attempt, false, false
}

// withTrace returns a context whose requests record their connections in c.
func (c *call) withTrace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, callKey{}, c), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { c.sent = true },
	})
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	current, _ := ctx.Value(callKey{}).(*call)

	return current
}

// do sends one request and returns the response if its status code is 2xx.
// Otherwise the error is a *Problem, *RetryAfterError, *RedirectError,
// *InvalidResponseError, *ConnectionError, *DeadlineError, or the error of
// ctx. A response that is returned with an error has a header and no body: its
// status code was 2xx, and its body could not be read.
func (c *Client) do(ctx context.Context, method string, target *url.URL, content any) (*response, error) {
	current := &call{method: method}
	request, err := c.newRequest(current.withTrace(ctx), target, content)
	if err != nil {
		return nil, err
	}

	// The handler reads the body inside the retries, so that a connection that
	// breaks in the middle of a body is retried too. The body of an error
	// response only explains the error, and may be missing.
	var (
		body    []byte
		partial *response
		handled *http.Response
	)
	request.SetResponseHandler(func(received *http.Response) error {
		var err error
		handled = received
		if body, err = readBody(received); isSuccess(received) {
			partial = &response{header: received.Header}

			return err
		}

		return nil
	})

	received, err := c.http.Do(request)
	if received != nil {
		defer func() { _ = received.Body.Close() }()
	}
	if received == nil || err != nil && !errors.Is(err, errRetryAfterTooLong) {
		return partial, c.noResponseError(ctx, current, target, err)
	}
	if isSuccess(received) {
		return &response{header: received.Header, body: body}, nil
	}
	if received != handled {
		// The library returns the response of its last retry unread.
		body, _ = readBody(received)
	}
	problem := c.newProblem(received, body)
	problem.Attempts = current.attempts
	if err != nil {
		return nil, &RetryAfterError{Problem: problem, Allowed: maxRetryAfter(ctx)}
	}

	return nil, problem
}

func isSuccess(received *http.Response) bool {
	return received.StatusCode >= 200 && received.StatusCode <= 299
}

func (c *Client) newRequest(ctx context.Context, target *url.URL, content any) (*retryablehttp.Request, error) {
	var body any
	if content != nil {
		encoded, err := json.Marshal(content)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = encoded
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, callFrom(ctx).method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("creating the request: %w", err)
	}
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	c.credential.authenticate(request.Header)

	return request, nil
}

// noResponseError returns the error for a request without a usable response.
func (c *Client) noResponseError(ctx context.Context, current *call, target *url.URL, err error) error {
	// A POST that was sent is not canceled: what matters is how it ended.
	if ended := ctx.Err(); ended != nil && (current.method == http.MethodGet || !current.sent) {
		if errors.Is(ended, context.DeadlineExceeded) {
			return &DeadlineError{Host: target.Host, Attempts: current.attempts, LastStatus: current.lastStatus}
		}

		return ended
	}
	if redirect, ok := errors.AsType[*RedirectError](err); ok {
		return redirect
	}
	if invalid, ok := errors.AsType[*InvalidResponseError](err); ok {
		return invalid
	}

	// A *url.Error begins with the URL, which is secret after a redirect.
	cause := err
	if requestError, ok := errors.AsType[*url.Error](err); ok {
		cause = requestError.Err
	}
	reason := c.redactor.clean(cause.Error(), maxShownText)
	if errors.Is(err, context.DeadlineExceeded) {
		reason = fmt.Sprintf("no response within the request timeout of %s (%s)", c.timeout, reason)
	}

	return &ConnectionError{
		Host:      target.Host,
		Attempts:  current.attempts,
		Sent:      current.sent,
		Permanent: current.permanent,
		reason:    reason,
		cause:     err,
	}
}

// resourceURL returns the URL of a collection of an organization, or of one
// resource in it. An empty organizationID means the credential's default
// organization.
func (c *Client) resourceURL(organizationID, collection string, ids ...string) (*url.URL, error) {
	target := c.base
	if organizationID != "" {
		if err := ValidateID(organizationID); err != nil {
			return nil, fmt.Errorf("organization: %w", err)
		}
		target = target.JoinPath("organizations", organizationID)
	}
	target = target.JoinPath(collection)
	for _, id := range ids {
		if err := ValidateID(id); err != nil {
			return nil, err
		}
		target = target.JoinPath(id)
	}

	return target, nil
}
