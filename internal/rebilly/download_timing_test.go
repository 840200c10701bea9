package rebilly

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// A connection that is slow, and a disk that is slow, are not stalled.
func TestDownload_slowIsNotStalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDownloaderInMemory(t)
		d.api.FailFiles(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			for i := range d.content {
				<-time.After(stallTimeout - time.Second)
				_, _ = w.Write(d.content[i : i+1])
				_ = http.NewResponseController(w).Flush()
			}
		}))
		d.Progress = func(received int64) {
			if received == 500 {
				<-time.After(10 * stallTimeout)
			}
		}
		if _, err := d.run(t, t.Context()); err != nil || d.ranges(t) != "all" {
			t.Errorf("got %v after the requests %s", err, d.ranges(t))
		}
	})
}

func TestDownload_endOfContext(t *testing.T) {
	t.Parallel()
	silent := rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	tests := map[string]struct {
		existing bool // the file has its content
		fault    rebillytest.FileFault
		want     string // the error of a deadline
	}{
		"before the header":         {fault: silent, want: "received 0 of 1000 bytes within the time allowed"},
		"in the body":               {fault: rebillytest.StallFile(300), want: "received 300 of 1000 bytes within the time allowed"},
		"between retries":           {fault: rebillytest.FileStatus(503), want: "received 0 of 1000 bytes within the time allowed"},
		"reading the existing file": {existing: true, want: "reading the existing file took longer than the time allowed"},
	}
	for name, test := range tests {
		for how, begin := range interruptions {
			synctest.Test(t, func(t *testing.T) {
				d := newDownloaderInMemory(t, func(c *Config) { c.RetryWait = time.Hour })
				start := time.Now()
				ctx := begin(t.Context())
				if test.existing {
					d.write(t, d.content)
					<-ctx.Done()
				} else {
					d.write(t, []byte("previous"))
					d.api.FailFilesAlways(test.fault)
				}
				downloaded, err := d.run(t, ctx)
				if elapsed := time.Since(start); downloaded || !errors.Is(err, ctx.Err()) || elapsed > time.Second {
					t.Errorf("%s, %s: got %v after %s, want %v", name, how, err, elapsed, ctx.Err())
				}
				if failed, ok := errors.AsType[*DownloadError](err); ok != (how == "deadline") || ok && failed.Error() != test.want {
					t.Errorf("%s, %s: got %T %v, want %s", name, how, err, err, test.want)
				}
			})
		}
	}
}
