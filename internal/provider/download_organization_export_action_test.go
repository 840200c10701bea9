package provider

import (
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// bothHosts is the API and its file host, without a network.
func bothHosts(api *rebillytest.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host == faultFilesHost {
			api.Files().ServeHTTP(w, r)
		} else {
			api.ServeHTTP(w, r)
		}
	}
}

// download downloads the export with the given ID to export.zip in a folder.
func download(terraform protocol, folder, id string, arguments values) []*tfprotov6.Diagnostic {
	terraform.t.Helper()
	all := values{"id": id, "path": filepath.Join(folder, "export.zip")}
	maps.Copy(all, arguments)
	_, diagnostics := terraform.invoke(downloadType, all)

	return diagnostics
}

func TestDownloadAction_modes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	api := rebillytest.NewFor(t)
	terraform := withFileHost(t, api)
	folder := filepath.Join(t.TempDir(), "exports")
	mustSucceed(t, download(terraform, folder, exportID, nil))
	// A file that is replaced does not pass on its mode.
	if err := os.WriteFile(filepath.Join(folder, "other.zip"), []byte("other"), 0o644); err != nil { //nolint:gosec // The mode must change.
		t.Fatal(err)
	}
	mustSucceed(t, download(terraform, folder, exportID, values{"path": filepath.Join(folder, "other.zip")}))
	for path, want := range map[string]os.FileMode{folder: os.ModeDir | 0o700, filepath.Join(folder, "export.zip"): 0o600, filepath.Join(folder, "other.zip"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s has the mode %v, want %v", path, info.Mode(), want)
		}
	}
}

func TestDownloadAction_pathErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path func(folder string) string
		want string
	}{
		"a folder":            {func(folder string) string { return folder }, "is a directory"},
		"the parent, a file":  {func(folder string) string { return filepath.Join(folder, "file", "export.zip") }, "not a directory"},
		"the parent's parent": {func(folder string) string { return filepath.Join(folder, "file", "a", "export.zip") }, "not a directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			api := rebillytest.NewFor(t)
			diagnostics := download(withFileHost(t, api), folder, exportID, values{"path": test.path(folder)})
			mustFail(t, diagnostics, "", "Download Failed", test.want, "that its folder exists or can be created", "Nothing was written to the path.")
			if sent := len(api.FileRequests()); sent != 0 || len(filesIn(t, folder)) != 1 {
				t.Errorf("%d requests for the file were sent, and the folder has %v", sent, filesIn(t, folder))
			}
		})
	}
}

// The export itself is at fault: it has no file.
func TestDownloadAction_exportErrors(t *testing.T) {
	t.Parallel()
	const file = `,"fileId":"file_1"`
	tests := map[string]struct {
		export string
		want   []string
		// waits is set if the outcome is the same with wait_for_completion.
		waits bool
	}{
		"processing":                {`"status":"processing"`, []string{"Export Not Completed", "its status is processing.", "Set wait_for_completion = true"}, false},
		"unknown status":            {`"status":"archived"` + file, []string{"Export Not Completed", "its status is archived."}, false},
		"failed":                    {`"status":"failed"`, []string{"Export Failed", "Request a new export."}, true},
		"expired":                   {`"status":"expired"` + file, []string{"Export Expired", "Request a new export."}, true},
		"completed, without a file": {`"status":"completed"`, []string{"Export Not Completed", "the export has no file.", "Run Terraform again later."}, true},
		"completed, without a link": {`"status":"completed"` + file + `,"_links":[]`, []string{"Export Not Completed", "the export has no file."}, true},
	}
	for name, test := range tests {
		for _, wait := range []any{nil, false, true} {
			if wait == true && !test.waits {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				terraform := configured(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					text := `{"id":"x",` + test.export + `}`
					if strings.HasPrefix(r.URL.Path, "/files/") {
						if !strings.Contains(test.export, "_links") {
							t.Error("the file record was read")
						}
						text = `{"id":"file_1","size":1,"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`
					}
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, text)
				}), nil)
				folder := t.TempDir()
				diagnostics := download(terraform, folder, "x", values{"wait_for_completion": wait})
				mustFail(t, diagnostics, "", append(test.want, "Nothing was written to the path.")...)
				if files := filesIn(t, folder); len(files) != 0 {
					t.Errorf("the folder has %v", files)
				}
			})
		}
	}
}

func TestDownloadAction_fileRecordErrors(t *testing.T) {
	t.Parallel()
	for want, fault := range map[string]rebillytest.Fault{
		"Permission: GetFile": rebillytest.Problem(403, "Forbidden", ""),
		"File Not Found":      rebillytest.Problem(404, "Not Found", ""),
	} {
		api := rebillytest.NewFor(t)
		terraform := configured(t, failingReads(api, 2, fault), values{"max_retries": 0})
		mustFail(t, download(terraform, t.TempDir(), exportID, nil), "", want)
		mustHaveSent(t, api, 0, "GET "+exportsPath("", exportID), "GET /files/file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N")
	}
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Problem(403, "Forbidden", ""))
	mustFail(t, download(configured(t, api, nil), t.TempDir(), exportID, nil), "", "Permission: GetOrganizationExport")
}

func TestDownloadAction_timeouts(t *testing.T) {
	t.Parallel()
	hangs := rebillytest.HandleFile(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	tenSeconds := values{"timeouts": values{"invoke": "10s"}}
	tests := map[string]struct {
		id        string
		arguments values
		reads     int32
		file      rebillytest.FileFault
		want      []string
		took      time.Duration
	}{
		"default":     {"x", values{"wait_for_completion": true}, 0, nil, []string{"Timed Out Waiting for Export", "after 1h0m0s"}, time.Hour},
		"wait":        {"x", values{"wait_for_completion": true, "timeouts": values{"invoke": "10s"}}, 0, nil, []string{"Timed Out Waiting for Export"}, 10 * time.Second},
		"the export":  {exportID, tenSeconds, 1, nil, []string{"Operation Timed Out", "no usable response"}, 10 * time.Second},
		"file record": {exportID, tenSeconds, 2, nil, []string{"Operation Timed Out", "no usable response"}, 10 * time.Second},
		"the file":    {exportID, tenSeconds, 0, hangs, []string{"Operation Timed Out", "received 0 of ", `Raise "invoke" in the timeouts block`}, 10 * time.Second},
		"a new link":  {exportID, tenSeconds, 3, rebillytest.RefuseLink(), []string{"Operation Timed Out", "no usable response"}, 10 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created), rebillytest.Stage{Status: rebillytest.StatusQueued})
				api.FailFilesAlways(test.file)
				hang := slices.Repeat([]rebillytest.Fault{rebillytest.Hang()}, 9)
				reads := failingReads(api, test.reads, hang...)
				terraform := patient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Host == faultFilesHost {
						bothHosts(api)(w, r)
					} else {
						reads.ServeHTTP(w, r)
					}
				}), values{})
				folder := t.TempDir()
				start := time.Now()
				mustFail(t, download(terraform, folder, test.id, test.arguments), "", append(test.want, "Nothing was written to the path.")...)
				if took := time.Since(start); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
				if files := filesIn(t, folder); len(files) != 0 {
					t.Errorf("the folder has %v", files)
				}
			})
		})
	}
}

func TestDownloadAction_progressEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, parts = 100_000, 20
		api := rebillytest.NewFor(t)
		api.SetFileSize(size)
		// One part per second.
		slow := fault{file: func(target) rebillytest.FileFault {
			return rebillytest.HandleFile(func(w http.ResponseWriter, r *http.Request) {
				fileID, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
				content := api.FileContent(fileID)
				for range parts {
					_, _ = io.CopyN(w, content, size/parts)
					_ = http.NewResponseController(w).Flush()
					<-time.After(time.Second)
				}
			})
		}}
		terraform := slow.newWorld(t, target{api: api}, true).terraform
		path := filepath.Join(t.TempDir(), "export.zip")
		progress, diagnostics := terraform.invoke(downloadType, values{"id": exportID, "path": path})
		mustSucceed(t, diagnostics)
		want := []string{
			"Downloaded 30.0 kB of 100.0 kB (30%), 6.0 kB/s.",
			"Downloaded 55.0 kB of 100.0 kB (55%), 5.5 kB/s.",
			"Downloaded 80.0 kB of 100.0 kB (80%), 5.3 kB/s.",
			// The last second ends the response.
			"Downloaded 100.0 kB of 100.0 kB (100%), 5.0 kB/s.",
		}
		if got := progress[:len(progress)-1]; !cmp.Equal(got, want) || !strings.HasPrefix(progress[len(progress)-1], "Saved export "+exportID+" to "+path+": 100000 bytes") {
			t.Errorf("got %q", progress)
		}
	})
}

func TestDownloadAction_saysThatItRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.FailFiles(rebillytest.StallFile(1000), rebillytest.FileStatus(http.StatusServiceUnavailable))
		arguments := values{"id": exportID, "path": filepath.Join(t.TempDir(), "export.zip")}
		progress, diagnostics := patient(t, bothHosts(api), values{}).invoke(downloadType, arguments)
		mustSucceed(t, diagnostics)
		const again = "Retrying the download of export " + exportID + ": " + faultFilesHost
		for _, want := range []string{again + " sent nothing for 30s.", again + " returned 503 Service Unavailable."} {
			if !slices.Contains(progress, want) {
				t.Errorf("got %q, want %s", progress, want)
			}
		}
	})
}

func TestFormatBytes(t *testing.T) {
	t.Parallel()
	for count, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 1_500_000: "1.5 MB", 2_000_000_000: "2.0 GB", 5_000_000_000_000: "5000.0 GB",
	} {
		if got := formatBytes(count); got != want {
			t.Errorf("%d is %s, want %s", count, got, want)
		}
	}
}
