// Package rebilly is a client of Rebilly's "Organization data exports" API.
//
// It retries what can be retried, never hands the credential to another host,
// checks that answers are what the API's contract promises, and keeps the
// credential and signed links out of its errors and logs.
package rebilly

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// What a Config that leaves these at zero stands for.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultMaxRetries     = 4

	defaultRetryWaitMin = 1 * time.Second
	defaultRetryWaitMax = 30 * time.Second
	defaultPollWaitMin  = 2 * time.Second
	defaultPollWaitMax  = 30 * time.Second
)

// Config is what a Client is made of.
type Config struct {
	// BaseURL stands before the API's paths; see ValidateBaseURL.
	BaseURL string
	// Credential authenticates every request.
	Credential Credential
	// OrganizationID is the organization that is asked; where it is empty,
	// the API takes the credential's default organization.
	OrganizationID string
	// UserAgent is sent as it is (RFC 9110, section 10.1.5).
	UserAgent string
	// RequestTimeout bounds one attempt, from connecting to the last byte of
	// the answer; zero stands for DefaultRequestTimeout.
	RequestTimeout time.Duration
	// MaxRetries is how often a request is repeated at most; zero is never.
	MaxRetries int
	// RetryWaitMin and RetryWaitMax bound the wait before a repetition for
	// which the API names no time; zero stands for 1 and 30 seconds.
	RetryWaitMin, RetryWaitMax time.Duration
	// PollWaitMin and PollWaitMax bound the wait between two looks at an
	// export that is waited for; zero stands for 2 and 30 seconds.
	PollWaitMin, PollWaitMax time.Duration
	// Transport carries the requests; nil stands for NewTransport().
	Transport http.RoundTripper
	// Logger is told of every exchange at debug level, and of waiting at info
	// and warn level; nil tells nobody.
	Logger *slog.Logger
}

// Client calls the API. It is safe for concurrent use.
type Client struct {
	base       *url.URL
	credential Credential
	userAgent  string
	timeout    time.Duration
	http       *retryablehttp.Client
	logger     *slog.Logger

	pollWaitMin, pollWaitMax time.Duration

	redactor
}

// NewClient returns a client, or an error that says which part of config the
// API cannot be called with. It sends nothing.
func NewClient(config Config) (*Client, error) {
	base, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if err := ValidateCredential(config.Credential.secret); err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	if config.OrganizationID != "" {
		if err := ValidateID(config.OrganizationID); err != nil {
			return nil, fmt.Errorf("organization: %w", err)
		}
		base = base.JoinPath("organizations", url.PathEscape(config.OrganizationID))
	}
	if config.Transport == nil {
		config.Transport = NewTransport()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}

	client := &Client{
		base:       base,
		credential: config.Credential,
		userAgent:  config.UserAgent,
		timeout:    orDefault(config.RequestTimeout, DefaultRequestTimeout),
		logger:     config.Logger,
		redactor:   newRedactor(config.Credential),

		pollWaitMin: orDefault(config.PollWaitMin, defaultPollWaitMin),
		pollWaitMax: orDefault(config.PollWaitMax, defaultPollWaitMax),
	}
	client.http = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     newOneFirst(&loggingTransport{next: config.Transport, logger: config.Logger, redactor: client.redactor}),
			CheckRedirect: client.checkRedirect,
			Timeout:       client.timeout,
		},
		RetryMax:     config.MaxRetries,
		RetryWaitMin: orDefault(config.RetryWaitMin, defaultRetryWaitMin),
		RetryWaitMax: orDefault(config.RetryWaitMax, defaultRetryWaitMax),
		CheckRetry:   shouldRetry,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		RequestLogHook: func(_ retryablehttp.Logger, request *http.Request, retries int) {
			callFrom(request.Context()).begin(retries + 1)
		},
	}

	return client, nil
}

func orDefault(value, standard time.Duration) time.Duration {
	if value == 0 {
		return standard
	}

	return value
}

// call is what the hooks of one request, retries included, share.
type call struct {
	method   string
	attempts int
	// connected says that the last attempt had a connection, so that
	// something of it may have reached the host.
	connected bool
	// lasting says that the last attempt failed by what no other one mends.
	lasting bool
}

func (c *call) begin(attempt int) {
	c.attempts, c.connected, c.lasting = attempt, false, false
}

// follow returns a context whose requests tell c of their connections.
func (c *call) follow(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, callKey{}, c), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { c.connected = true },
	})
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	current, _ := ctx.Value(callKey{}).(*call)

	return current
}

// do sends one request and returns the answer where its status is 2xx. Else
// the error is a *Problem, *WaitError, *RedirectError, *AnswerError or
// *ConnectionError, or the error of ctx. With an error, an answer is what came
// of one with success: its header without the body.
func (c *Client) do(ctx context.Context, method string, target *url.URL, content any) (*answer, error) {
	current := &call{method: method}
	request, err := c.newRequest(current.follow(ctx), target, content)
	if err != nil {
		return nil, err
	}

	// The body is read inside the retries: a connection that breaks in the
	// middle of it is as good a reason to try again as one that breaks before.
	// The body of a failure only explains it, and may be missing.
	var (
		body    []byte
		begun   *answer
		handled *http.Response
	)
	request.SetResponseHandler(func(response *http.Response) error {
		var err error
		handled = response
		if body, err = readBody(response); succeeded(response) {
			begun = &answer{header: response.Header}

			return err
		}

		return nil
	})

	response, err := c.http.Do(request)
	if response != nil {
		defer func() { _ = response.Body.Close() }()
	}
	if response == nil || err != nil && !errors.Is(err, errWaitTooLong) {
		return begun, c.failure(ctx, current, target, err)
	}
	if succeeded(response) {
		return &answer{header: response.Header, body: body}, nil
	}
	if response != handled {
		// The library hands over unread what it would have tried again.
		body, _ = readBody(response)
	}
	problem := c.newProblem(response, body)
	if err != nil {
		return nil, &WaitError{Problem: problem, Allowed: allowedWait(ctx)}
	}

	return nil, problem
}

func succeeded(response *http.Response) bool {
	return response.StatusCode >= 200 && response.StatusCode <= 299
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
		return nil, fmt.Errorf("making the request: %w", err)
	}
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.userAgent)
	c.credential.authenticate(request.Header)

	return request, nil
}

// failure turns what the HTTP client reported into an error fit to be shown.
func (c *Client) failure(ctx context.Context, current *call, target *url.URL, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var (
		redirect *RedirectError
		answer   *AnswerError
	)
	switch {
	case errors.As(err, &redirect):
		return redirect
	case errors.As(err, &answer):
		return answer
	}

	// The URL that a *url.Error leads with is known, and may be secret after
	// a redirect.
	cause := err
	if requestError := (*url.Error)(nil); errors.As(err, &requestError) {
		cause = requestError.Err
	}
	reason := c.clean(cause.Error(), maxShownText)
	// ctx has time left: what ran out is what net/http allows one attempt.
	if errors.Is(err, context.DeadlineExceeded) || strings.Contains(reason, "Client.Timeout") {
		reason = fmt.Sprintf("the answer was not there within the request timeout of %s (%s)", c.timeout, reason)
	}

	return &ConnectionError{
		Host:     target.Host,
		Attempts: current.attempts,
		Sent:     current.connected,
		Lasting:  current.lasting,
		reason:   reason,
		cause:    err,
	}
}
