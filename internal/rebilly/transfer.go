package rebilly

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// transfer is a download in progress.
type transfer struct {
	client   *Client
	download Download
	file     *hashedFile

	link string
	// host is the host of the link, or of the last response if that was
	// redirected. A firewall must allow it. It is safe for errors and logs.
	host string
	// mostWritten is the largest number of bytes written so far.
	mostWritten int64
	// validator is the ETag or the date of the content, for If-Range; empty if
	// the host cannot resume it.
	validator string
	attempts  int
}

// interruptedError says that an attempt ended before the content did, and that
// another attempt may help.
type interruptedError struct{ reason string }

func (e *interruptedError) Error() string { return e.reason }

var (
	// errLinkRefused says that the host refused the link, which may have expired.
	errLinkRefused = errors.New("the signed link was refused")
	// errStalled is the cause of a context that ended because of a stall.
	errStalled = errors.New("the connection stalled")
)

// run downloads and verifies the content.
func (t *transfer) run(ctx context.Context) error {
	for retries, renewed := 0, false; ; {
		if t.link == "" {
			link, err := t.download.Link(ctx)
			if err != nil {
				return err
			}
			t.link = link
		}
		t.attempts++
		err := t.attempt(ctx)
		if t.file.written > t.mostWritten {
			t.mostWritten, retries, renewed = t.file.written, 0, false
		}
		interrupted, again := errors.AsType[*interruptedError](err)
		switch {
		case err == nil, again && t.file.written == *t.download.File.Size:
			return t.verify()
		case ctx.Err() != nil:
			return t.ended(ctx.Err())
		case errors.Is(err, errLinkRefused) && !renewed:
			t.link, renewed = "", true

			continue
		case errors.Is(err, errLinkRefused):
			return t.fail(t.host + " refused two signed links in a row (403 Forbidden)")
		case !again:
			return err
		case retries >= t.client.http.RetryMax:
			return t.fail(interrupted.reason)
		}

		delay := t.client.backoff(t.client.http.RetryWaitMin, t.client.http.RetryWaitMax, retries, nil)
		t.client.logger.LogAttrs(ctx, slog.LevelWarn, "Retrying the download of a file",
			slog.Int64("written", t.file.written), slog.Duration("delay", delay), slog.String("error", interrupted.reason))
		if t.download.Retrying != nil {
			t.download.Retrying(interrupted.reason)
		}
		select {
		case <-ctx.Done():
			return t.ended(ctx.Err())
		case <-time.After(delay):
		}
		retries++
	}
}

func (t *transfer) fail(reason string) error {
	return &DownloadError{Reason: reason, Attempts: t.attempts}
}

// ended returns the error for the end of the caller's context.
func (t *transfer) ended(cause error) error {
	if !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	reason := fmt.Sprintf("received %d of %d bytes within the time allowed", t.file.written, *t.download.File.Size)

	return &DownloadError{Reason: reason, Attempts: t.attempts, cause: cause}
}

// verify returns an error if the content is not what the API says.
func (t *transfer) verify() error {
	record := t.download.File
	if t.file.written != *record.Size {
		return t.sizeError(t.file.written)
	}
	if sum := t.file.sha1(); !strings.EqualFold(sum, *record.SHA1) {
		return t.fail(fmt.Sprintf("the SHA-1 of the file is %s, and Rebilly's record says %s", sum, strings.ToLower(*record.SHA1)))
	}

	return nil
}

func (t *transfer) sizeError(size int64) error {
	return t.fail(fmt.Sprintf("the size of the file is %d bytes, and Rebilly's record says %d bytes", size, *t.download.File.Size))
}

// attempt sends one request and writes what it returns. The error is an
// *interruptedError, errLinkRefused, or one that no other attempt changes.
func (t *transfer) attempt(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(t.client.stallTimeout, func() { cancel(errStalled) })
	defer stall.Stop()

	request, err := t.newRequest(ctx)
	if err != nil {
		return err
	}
	response, err := t.client.files.Do(request)
	if err != nil {
		return t.attemptError(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	t.setHost(response.Request.URL)
	t.client.logger.LogAttrs(ctx, slog.LevelDebug, "File request", slog.String("host", t.host),
		slog.Int("attempt", t.attempts), slog.Int64("written", t.file.written), slog.Int("status", response.StatusCode))
	if err := t.begin(response); err != nil {
		return err
	}

	body := &bodyReader{body: response.Body, stall: stall, timeout: t.client.stallTimeout, received: t.file.written, progress: t.download.Progress}
	for body.err == nil {
		buffer := t.file.buffer()
		count, _ := io.ReadFull(body, buffer)
		if t.file.written+int64(count) > *t.download.File.Size {
			return t.fail(fmt.Sprintf("the file is larger than the %d bytes that Rebilly's record says", *t.download.File.Size))
		}
		if err := t.file.write(buffer[:count]); err != nil {
			return err
		}
	}
	if !errors.Is(body.err, io.EOF) {
		return t.attemptError(ctx, body.err)
	}
	// A host may return a smaller range than the rest. And the body of HTTP/1.0
	// ends with its connection, for whatever reason that ended.
	unframed := response.ContentLength < 0 && response.ProtoMajor < 2 && len(response.TransferEncoding) == 0
	if t.file.written < *t.download.File.Size && (unframed || response.StatusCode == http.StatusPartialContent) {
		return &interruptedError{fmt.Sprintf("%s sent only %d of %d bytes", t.host, t.file.written, *t.download.File.Size)}
	}

	return nil
}

// bodyReader reads a body and restarts the stall timer. It keeps the error that
// ended the body, because io.ReadFull replaces some errors.
type bodyReader struct {
	body     io.Reader
	stall    *time.Timer
	timeout  time.Duration
	received int64
	progress func(received int64)
	err      error
}

// Read implements io.Reader. The timer runs while it reads only: a slow disk is
// not a stalled connection.
func (r *bodyReader) Read(data []byte) (int, error) {
	r.stall.Reset(r.timeout)
	count, err := r.body.Read(data)
	r.stall.Stop()
	r.received += int64(count)
	r.err = err
	if r.progress != nil {
		r.progress(r.received)
	}

	return count, err
}

// setHost makes the host of target the one that errors and logs name.
func (t *transfer) setHost(target *url.URL) {
	t.host = t.client.redactor.clean(target.Host, maxShownExcerpt)
}

// mayDownload reports whether target is encrypted or does not leave this
// machine.
func mayDownload(target *url.URL) bool {
	return target.Host != "" && (target.Scheme == "https" || target.Scheme == "http" && isLoopback(target.Hostname()))
}

func (t *transfer) newRequest(ctx context.Context) (*http.Request, error) {
	target, err := url.Parse(t.link)
	if err != nil || !mayDownload(target) {
		return nil, t.fail("the signed link is not a valid https URL")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, t.fail("the signed link is not a valid https URL")
	}
	t.setHost(target)
	request.Header.Set("User-Agent", t.client.userAgent)
	// Without this, net/http requests gzip and decompresses it, so that the size
	// and a range would be of other bytes.
	request.Header.Set("Accept-Encoding", "identity")
	if t.file.written > 0 && t.validator != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.file.written))
		request.Header.Set("If-Range", t.validator)
	}

	return request, nil
}

// begin prepares the file for the body of response.
func (t *transfer) begin(response *http.Response) error {
	switch status := response.StatusCode; {
	case status == http.StatusPartialContent && t.continues(response.Header):
		return nil
	case status == http.StatusOK:
		if response.ContentLength >= 0 && response.ContentLength != *t.download.File.Size {
			return t.sizeError(response.ContentLength)
		}
		t.validator = validator(response.Header)

		return t.file.startOver()
	case status == http.StatusPartialContent, status == http.StatusRequestedRangeNotSatisfiable:
		// The next attempt starts over.
		t.validator = ""

		return &interruptedError{fmt.Sprintf("%s could not resume the download (%d %s)", t.host, status, http.StatusText(status))}
	case status == http.StatusForbidden:
		return errLinkRefused
	case retryableStatus(status), status == http.StatusRequestTimeout:
		return &interruptedError{fmt.Sprintf("%s returned %d %s", t.host, status, http.StatusText(status))}
	default:
		return t.fail(fmt.Sprintf("%s returned %d %s", t.host, status, http.StatusText(status)))
	}
}

// continues reports whether a response with the status code 206 has the bytes
// that follow those in the file. A host that ignores If-Range may return a range
// of other content.
func (t *transfer) continues(header http.Header) bool {
	current := validator(header)

	return strings.HasPrefix(header.Get("Content-Range"), fmt.Sprintf("bytes %d-", t.file.written)) &&
		(current == "" || current == t.validator)
}

// validator returns the value for If-Range (RFC 9110, section 13.1.5): the ETag
// if it is strong, or the date of the last change if there is no ETag.
func validator(header http.Header) string {
	tag := header.Get("ETag")
	switch {
	case tag == "":
		return header.Get("Last-Modified")
	case strings.HasPrefix(tag, "W/"):
		return ""
	default:
		return tag
	}
}

// quoted is text in quotes. The errors of net/http quote what a host sent, which
// may contain the link.
var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// attemptError returns the error for an attempt that net/http ended.
func (t *transfer) attemptError(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return &interruptedError{fmt.Sprintf("%s sent nothing for %s", t.host, t.client.stallTimeout)}
	}
	if refused, ok := errors.AsType[*redirectRefusedError](err); ok {
		return t.fail(t.host + " " + refused.reason)
	}
	retry, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	// A *url.Error begins with the link.
	if requestError, ok := errors.AsType[*url.Error](err); ok {
		err = requestError.Err
		if target, err := url.Parse(requestError.URL); err == nil {
			t.setHost(target)
		}
	}
	reason := "the connection to " + t.host + " failed: " + t.client.redactor.clean(quoted.ReplaceAllString(err.Error(), `"`+mask+`"`), maxShownText)
	if !retry {
		return t.fail(reason)
	}

	return &interruptedError{reason}
}

// redirectRefusedError says why checkFileRedirect refused a redirect.
type redirectRefusedError struct{ reason string }

func (e *redirectRefusedError) Error() string { return e.reason }

// checkFileRedirect is the http.Client.CheckRedirect of downloads. It refuses to
// follow a redirect that is not encrypted, and removes the Referer header, which
// would be the signed link.
func checkFileRedirect(request *http.Request, via []*http.Request) error {
	request.Header.Del("Referer")
	switch {
	case !mayDownload(request.URL), via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https":
		return &redirectRefusedError{"redirects to a connection that is not encrypted"}
	case len(via) > maxRedirects:
		return &redirectRefusedError{"redirects too often"}
	}

	return nil
}
