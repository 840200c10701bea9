package rebilly

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestDownload_stallIsABrokenConnection(t *testing.T) {
	t.Parallel()
	silent := rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	tests := map[string]struct {
		fault rebillytest.FileFault
		want  string
	}{
		"no response":             {silent, "all all"},
		"header only":             {rebillytest.StallFile(0), "all all"},
		"in the middle":           {rebillytest.StallFile(300), "all 300-"},
		"in the middle, chunks":   {rebillytest.Together(rebillytest.StallFile(300), rebillytest.NoLength()), "all 300-"},
		"after the last byte":     {rebillytest.Together(rebillytest.StallFile(1000), rebillytest.NoLength()), "all"},
		"after the last of chunk": {rebillytest.StallFile(999), "all 999-"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, _ := newDownloaderInMemory(t)
				d.api.FailFiles(test.fault)
				start := time.Now()
				if _, err := d.run(t, t.Context()); err != nil {
					t.Error(err)
				}
				if elapsed := time.Since(start); elapsed < DefaultStallTimeout || elapsed > DefaultStallTimeout+time.Second {
					t.Errorf("took %s", elapsed)
				}
				if got := d.ranges(t); got != test.want {
					t.Errorf("the requests were %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestDownload_stallsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDownloaderInMemory(t, maxRetries(1), func(c *Config) { c.StallTimeout = 5 * time.Second })
		d.api.FailFilesAlways(rebillytest.StallFile(0))
		_, err := d.run(t, t.Context())
		if err == nil || err.Error() != "files.example.com sent nothing for 5s (after 2 attempts)" {
			t.Errorf("got %v", err)
		}
	})
}

// A connection that is slow, and a disk that is slow, are not stalled.
func TestDownload_slowIsNotStalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDownloaderInMemory(t)
		d.api.FailFiles(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			for i := range d.content {
				<-time.After(DefaultStallTimeout - time.Second)
				_, _ = w.Write(d.content[i : i+1])
				_ = http.NewResponseController(w).Flush()
			}
		}))
		d.Progress = func(received int64) {
			if received == 500 {
				<-time.After(10 * DefaultStallTimeout)
			}
		}
		if _, err := d.run(t, t.Context()); err != nil || d.ranges(t) != "all" {
			t.Errorf("got %v after the requests %s", err, d.ranges(t))
		}
	})
}

func TestDownload_delaysOfRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDownloaderInMemory(t)
		unavailable := rebillytest.FileStatus(503)
		d.api.FailFiles(unavailable, unavailable, unavailable, rebillytest.CutFile(300), unavailable)
		start := time.Now()
		if _, err := d.run(t, t.Context()); err != nil {
			t.Error(err)
		}
		// Up to 1, 2 and 4 seconds, and after progress 1 and 2, minus up to half.
		if elapsed := time.Since(start); elapsed < 5*time.Second || elapsed > 10*time.Second {
			t.Errorf("took %s", elapsed)
		}
	})
}

func TestDownload_requestedDelay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delay, waited time.Duration
		want          string
	}{
		"honored":  {delay: 5 * time.Minute, waited: 5 * time.Minute},
		"too long": {delay: time.Hour, want: "HOST returned 429 Too Many Requests; it requests a delay until 2000-01-01T01:00:00Z, and the longest delay allowed is 10m0s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, _ := newDownloaderInMemory(t)
				d.api.FailFiles(rebillytest.HandleFile(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Retry-After", fmt.Sprint(test.delay.Seconds()))
					w.WriteHeader(http.StatusTooManyRequests)
				}))
				start := time.Now()
				if _, err := d.run(t, t.Context()); d.text(err) != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if waited := time.Since(start); waited < test.waited || waited > test.waited+time.Second {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestDownload_endOfContext(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault    rebillytest.FileFault
		received int
		attempts int
	}{
		"before the header": {rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), 0, 1},
		"in the body":       {rebillytest.StallFile(300), 300, 1},
		"between retries":   {rebillytest.FileStatus(503), 0, 1},
	}
	for name, test := range tests {
		for _, how := range []string{"canceled", "deadline"} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d, _ := newDownloaderInMemory(t, func(c *Config) { c.RetryWaitMin, c.RetryWaitMax = time.Hour, time.Hour })
					d.write(t, []byte("previous"))
					d.api.FailFilesAlways(test.fault)
					start := time.Now()
					_, err := d.run(t, after(t, 10*time.Second, how))
					if elapsed := time.Since(start); elapsed != 10*time.Second {
						t.Errorf("ended after %s", elapsed)
					}
					if how == "canceled" {
						if !errors.Is(err, context.Canceled) {
							t.Errorf("got %v", err)
						}

						return
					}
					want := fmt.Sprintf("received %d of 1000 bytes within the time allowed", test.received)
					failed, ok := errors.AsType[*DownloadError](err)
					if !ok || !errors.Is(err, context.DeadlineExceeded) || failed.Attempts != test.attempts || err.Error() != want {
						t.Errorf("got %v, want %s", err, want)
					}
				})
			})
		}
	}
}

func TestDownload_endOfContextWhileReadingTheExistingFile(t *testing.T) {
	t.Parallel()
	for how, begin := range interruptions {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, _ := newDownloaderInMemory(t)
				d.write(t, d.content)
				ctx, interrupt := begin(t.Context())
				interrupt()
				downloaded, err := d.Client.Download(ctx, d.Download)
				if downloaded || !errors.Is(err, ctx.Err()) {
					t.Errorf("got %t and %v, want %v", downloaded, err, ctx.Err())
				}
				if _, ok := errors.AsType[*DownloadError](err); ok != errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %T", err)
				}
			})
		})
	}
}
