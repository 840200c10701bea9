package rebilly

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestDownload_invalidLinkIsRefused(t *testing.T) {
	t.Parallel()
	const secret = "/?signature=" + rebillytest.SignedLinkSecret
	for _, link := range []string{
		"", secret, "files.example.com" + secret, "http://files.example.com" + secret, "http://192.0.2.1" + secret,
		"http://localhost.example.com" + secret, "ftp://127.0.0.1" + secret, "https://" + secret, "https:" + secret,
		"https://files.example.com/%zz" + secret, "https://files.example.com:port" + secret, "://" + secret, "https://a b" + secret,
	} {
		d := newDownloader(t, 1000)
		d.Link = func(context.Context) (string, error) { return link, nil }
		_, err := d.run(t, t.Context())
		if err == nil || err.Error() != "the signed link is not a valid https URL" || len(d.api.FileRequests()) > 0 {
			t.Errorf("%q: got %v", link, err)
		}
	}
}

func TestDownload_loopbackLinkIsFollowed(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST"} {
		d := newDownloader(t, 1000)
		d.Link = func(ctx context.Context) (string, error) {
			link, err := d.link(ctx)

			return strings.Replace(link, "127.0.0.1", host, 1), err
		}
		if _, err := d.run(t, t.Context()); err != nil {
			t.Errorf("%s: got %v", host, err)
		}
	}
	leaving := newDownloader(t, 1000)
	leaving.api.FailFilesAlways(rebillytest.RedirectFile(http.StatusFound, "http://192.0.2.1/?signature="+rebillytest.SignedLinkSecret))
	if _, err := leaving.run(t, t.Context()); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("got %v", err)
	}
}

// The errors of net/http quote the host, which may send the link back.
func TestDownload_textOfTheHostIsNotShown(t *testing.T) {
	t.Parallel()
	const secret = "/?signature=" + rebillytest.SignedLinkSecret
	for _, text := range []string{
		secret, "HTTP/1.1 " + secret, "HTTP/" + secret + " 200 OK", `HTTP/1.1 "` + secret + `\" 200 OK`,
		"HTTP/1.1 200 OK\r\nContent-Length: " + secret, "HTTP/1.1 200 OK\r\n" + secret, "HTTP/1.1 200 OK\r\n" + secret + " : x",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secret, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secret,
	} {
		d := newDownloader(t, 1000, maxRetries(0))
		d.api.FailFilesAlways(speak(text + "\r\n\r\n"))
		if _, err := d.run(t, t.Context()); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestDownload_logs(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.api.FailFiles(rebillytest.CutFile(300))
	var reasons []string
	d.Retrying = func(reason string) { reasons = append(reasons, reason) }
	if _, err := d.run(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	const (
		request = `"level":"DEBUG","msg":"File request","host":"127\.0\.0\.1:\d+","attempt":`
		broken  = `the connection to 127\.0\.0\.1:\d+ failed: unexpected EOF`
	)
	for _, want := range []string{
		request + `1,"written":0,"status":200}`,
		`"level":"WARN","msg":"Retrying the download of a file","written":300,"delay":\d+,"error":"` + broken + `"}`,
		request + `2,"written":300,"status":206}`,
	} {
		if !regexp.MustCompile(want).MatchString(d.log.String()) {
			t.Errorf("the log lacks %s:\n%s", want, d.log.String())
		}
	}
	if got := strings.Join(reasons, ", "); !regexp.MustCompile("^" + broken + "$").MatchString(got) {
		t.Errorf("Retrying received %s", got)
	}
}
