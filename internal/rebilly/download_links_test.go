package rebilly

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

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
}

func TestDownload_redirectsAreFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		d := newDownloader(t, 1000)
		redirect := rebillytest.RedirectFile(status, "")
		d.api.FailFiles(redirect, redirect, rebillytest.CutFile(300), redirect)
		if _, err := d.run(t, t.Context()); err != nil {
			t.Errorf("%d: %v", status, err)
		}
		// The redirected request has the range too.
		if got := d.ranges(t); got != "all all all 300- 300-" {
			t.Errorf("%d: the requests were %s", status, got)
		}
	}
}

func TestDownload_redirectErrors(t *testing.T) {
	t.Parallel()
	const (
		secret      = "/?signature=" + rebillytest.SignedLinkSecret
		unencrypted = "files.example.com redirects to a connection that is not encrypted"
	)
	tests := map[string]struct{ target, want string }{
		"to http":                 {"http://files.example.com" + secret, unencrypted},
		"to http at loopback":     {"http://127.0.0.1:1" + secret, unencrypted},
		"to another scheme":       {"ftp://files.example.com" + secret, unencrypted},
		"to itself, again":        {"", "files.example.com redirects too often"},
		"malformed":               {"https://files.example.com/%zz" + secret, `the connection to files.example.com failed: failed to parse Location header "***"`},
		"malformed, without host": {"/%zz" + secret, `the connection to files.example.com failed: failed to parse Location header "***"`},
		"malformed, with quotes":  {`/%zz"quoted"` + secret, `the connection to files.example.com failed: failed to parse Location header "***"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, _ := newDownloaderInMemory(t)
				d.write(t, []byte("previous"))
				d.api.FailFilesAlways(rebillytest.RedirectFile(http.StatusFound, test.target))
				_, err := d.run(t, t.Context())
				if err == nil || !strings.HasPrefix(err.Error(), test.want) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if strings.Contains(test.want, "redirects") && strings.Contains(err.Error(), "attempts") {
					t.Errorf("%v: a refused redirect is retried", err)
				}
			})
		})
	}
}

// A firewall must allow the host that the error names.
func TestDownload_errorNamesHostOfRedirect(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000, noRetries)
	d.api.FailFilesAlways(rebillytest.RedirectFile(http.StatusFound, "https://localhost:1/?signature="+rebillytest.SignedLinkSecret))
	const want = "the connection to localhost:1 failed: "
	if _, err := d.run(t, t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
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
		d := newDownloader(t, 1000, noRetries)
		d.api.FailFilesAlways(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)

				return
			}
			_, _ = connection.Write([]byte(text + "\r\n\r\n"))
			_ = connection.Close()
		}))
		if _, err := d.run(t, t.Context()); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestDownload_plainRedirectLeavesLoopback(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.api.FailFilesAlways(rebillytest.RedirectFile(http.StatusFound, "http://192.0.2.1/?signature="+rebillytest.SignedLinkSecret))
	if _, err := d.run(t, t.Context()); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("got %v", err)
	}
}

// The checks of every download find no credential. Here there is one to find.
func TestDownload_credentialStaysWithTheAPI(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]Credential{"key": SecretKey(rebillytest.SecretKey), "JWT": JWT(rebillytest.JWT)} {
		d := newDownloader(t, 1000, func(c *Config) { c.Credential = credential })
		d.api.FailFiles(rebillytest.RedirectFile(http.StatusFound, ""), rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "session=1")
			w.WriteHeader(http.StatusForbidden)
		}))
		if _, err := d.run(t, t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, request := range d.api.Requests() {
			if request.Header.Get("REB-APIKEY") == "" && request.Header.Get("Authorization") == "" {
				t.Errorf("%s: the API received no credential", name)
			}
		}
		if got := len(d.api.FileRequests()); got != 3 || d.links != 2 {
			t.Errorf("%s: %d requests were sent with %d links", name, got, d.links)
		}
	}
}

func TestDownload_logs(t *testing.T) {
	t.Parallel()
	d := newDownloader(t, 1000)
	d.api.FailFiles(rebillytest.CutFile(300))
	if _, err := d.run(t, t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"level":"DEBUG","msg":"File request","host":"` + d.host + `"`,
		`"attempt":1,"written":0,"status":200}`,
		`"level":"WARN","msg":"Retrying the download of a file","written":300,"delay":`,
		`"error":"the connection to ` + d.host + ` failed: unexpected EOF"}`,
		`"attempt":2,"written":300,"status":206}`,
	} {
		if !strings.Contains(d.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, d.log.String())
		}
	}
}

func TestValidator_ofHeader(t *testing.T) {
	t.Parallel()
	const date = "Fri, 31 Dec 1999 00:00:00 GMT"
	tests := map[string]struct {
		header http.Header
		want   string
	}{
		"nothing":       {http.Header{}, ""},
		"strong":        {http.Header{"Etag": {`"1"`}}, `"1"`},
		"weak":          {http.Header{"Etag": {`W/"1"`}}, ""},
		"date":          {http.Header{"Last-Modified": {date}}, date},
		"strong, dated": {http.Header{"Etag": {`"1"`}, "Last-Modified": {date}}, `"1"`},
		"weak, dated":   {http.Header{"Etag": {`W/"1"`}, "Last-Modified": {date}}, ""},
	}
	for name, test := range tests {
		if got := validator(test.header); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}
