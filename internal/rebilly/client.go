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
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// DefaultMaxRetries is a number of retries for Config.MaxRetries, whose zero
// value turns retries off.
const DefaultMaxRetries = 4

// DefaultRequestTimeout replaces the zero value of Config.RequestTimeout.
const DefaultRequestTimeout = 30 * time.Second

// Config configures a Client.
type Config struct {
	// BaseURL precedes the API's paths; see ValidateBaseURL.
	BaseURL string
	// Credential authenticates every API call. Downloads do not send it.
	Credential Credential
	// OtherSecrets are not shown in errors and logs either.
	OtherSecrets []string
	UserAgent    string
	// RequestTimeout limits one attempt at an API call, with its body. Zero means
	// DefaultRequestTimeout.
	RequestTimeout time.Duration
	// MaxRetries is the maximum number of retries of an API call, and of those of a
	// download in a row that receive nothing new.
	MaxRetries int
	// RetryWait is the delay before the first retry. It doubles with each retry, up to
	// 30 times RetryWait, minus a random part of up to half. A delay that the API or the
	// file host requests takes its place. Zero means one second.
	RetryWait time.Duration
	// PollWait is the shortest delay between two polls of an export. The longest one is
	// 15 times as long. Zero means two seconds.
	PollWait time.Duration
	// Jitter returns the random part of a delay: at least zero, and less than limit
	// unless that is zero. Nil means a random number.
	Jitter func(limit time.Duration) time.Duration
	// Transport sends API calls and the requests of downloads. Nil means
	// NewTransport().
	Transport http.RoundTripper
	// Logger receives attempts at debug level, statuses at info level, and retries,
	// failed polls, and unknown statuses at warn level. No line has the credential or a
	// signed link. Nil turns logging off.
	Logger *slog.Logger
}

// Client calls the API for any number of organizations. It is safe for
// concurrent use.
type Client struct {
	// config has no zero value for which Config names a default.
	config Config
	base   *url.URL
	http   *http.Client
	// files downloads from other hosts, without the credential.
	files    *http.Client
	redactor redactor
	// maxRequestedDelay is the longest delay that the API or a file host can request,
	// but for a deadline.
	maxRequestedDelay time.Duration
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
	if config.Jitter == nil {
		config.Jitter = func(limit time.Duration) time.Duration {
			return rand.N(max(limit, 1)) //nolint:gosec // Nobody gains by guessing it.
		}
	}
	config.RequestTimeout = cmp.Or(config.RequestTimeout, DefaultRequestTimeout)
	config.RetryWait = cmp.Or(config.RetryWait, 1*time.Second)
	config.PollWait = cmp.Or(config.PollWait, 2*time.Second)
	config.Transport = cmp.Or[http.RoundTripper](config.Transport, NewTransport())
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))

	client := &Client{
		config:   config,
		base:     base,
		files:    &http.Client{Transport: config.Transport, CheckRedirect: checkFileRedirect},
		redactor: newRedactor(config.Credential, config.OtherSecrets...),
		// Rebilly counts its rate limit in windows of this length. A longer delay is not
		// the rest of a window.
		maxRequestedDelay: 10 * time.Minute,
	}
	client.http = &http.Client{
		Transport:     config.Transport,
		CheckRedirect: client.checkRedirect,
		Timeout:       config.RequestTimeout,
	}

	return client, nil
}

// BaseURL returns the normalized base URL: the host in lower case, and no
// trailing slash.
func (c *Client) BaseURL() string { return c.base.String() }

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
