package provider

import (
	"crypto/sha1" //nolint:gosec // The API has no other hash.
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// download downloads the export with the given ID to export.zip in a folder.
func download(terraform protocol, folder, id string, arguments values) []*tfprotov6.Diagnostic {
	terraform.t.Helper()
	all := values{"id": id, "path": filepath.Join(folder, "export.zip")}.with(arguments)
	_, diagnostics := terraform.invoke(downloadType, all)

	return diagnostics
}

func TestDownloadAction_verifiedFile(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, bothHosts(api), nil)
	target := filepath.Join(t.TempDir(), "a", "b", "export.zip")
	progress, diagnostics := terraform.invoke(downloadType, values{"id": exportID, "path": target})
	mustSucceed(t, diagnostics)
	content, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(content) //nolint:gosec // The API has no other hash.
	if last := progress[len(progress)-1]; !strings.HasPrefix(last, "Saved export "+exportID) || !strings.Contains(last, hex.EncodeToString(sum[:])) {
		t.Errorf("it says %q", last)
	}

	downloads := len(api.FileRequests())
	progress, diagnostics = terraform.invoke(downloadType, values{"id": exportID, "path": target})
	mustSucceed(t, diagnostics)
	if len(progress) != 1 || !strings.Contains(progress[0], "Nothing was downloaded.") || len(api.FileRequests()) != downloads {
		t.Errorf("the second time, it says %q after %d requests", progress, len(api.FileRequests())-downloads)
	}
}

// The export itself is at fault: it has no file.
func TestDownloadAction_exportErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		export, summary, says string
		// waits is set if the outcome is the same with wait_for_completion.
		waits bool
	}{
		"processing":                {export: `"status":"processing"`, summary: "Export Not Completed", says: "its status is processing."},
		"unknown status":            {export: `"status":"archived","fileId":"x"`, summary: "Export Not Completed", says: "its status is archived."},
		"failed":                    {export: `"status":"failed"`, summary: "Export Failed", waits: true},
		"expired":                   {export: `"status":"expired","fileId":"x"`, summary: "Export Expired", waits: true},
		"completed, without a file": {export: `"status":"completed"`, summary: "Export Not Completed", says: "the export has no file.", waits: true},
		"completed, without a link": {export: `"status":"completed","fileId":"x","_links":[]`, summary: "Export Not Completed", says: "the export has no file.", waits: true},
	} {
		for _, wait := range []any{nil, false, true} {
			if wait == true && !test.waits {
				continue
			}
			api := rebillytest.NewFor(t)
			// The record of the file is in the same response.
			api.FailAlways(rebillytest.JSON(`{"id":"x","size":1,"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709",` + test.export + `}`))
			folder := t.TempDir()
			mustFail(t, download(configured(t, api, nil), folder, "x", values{"wait_for_completion": wait}), "", test.summary, test.says)
			if files := filesIn(t, folder); len(files) != 0 {
				t.Errorf("%s: the folder has %v", name, files)
			}
		}
	}
}

func TestDownloadAction_progressEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, parts = 10_000_000, 20
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
			"Downloaded 2.5 of 10.0 MB (25%), 0.5 MB/s.",
			"Downloaded 5.0 of 10.0 MB (50%), 0.5 MB/s.",
			"Downloaded 7.5 of 10.0 MB (75%), 0.5 MB/s.",
			// The last second ends the response.
			"Downloaded 10.0 of 10.0 MB (100%), 0.5 MB/s.",
		}
		if got := progress[:len(progress)-1]; !cmp.Equal(got, want) || !strings.HasPrefix(progress[len(progress)-1], "Saved export "+exportID+" to "+path+": 10000000 bytes") {
			t.Errorf("got %q", progress)
		}
	})
}

func TestDownloadAction_saysThatItWaitsAndRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewWaitingFor(t, rebillytest.StatusCompleted)
		// A refused link is renewed, which needs no message.
		api.FailFiles(rebillytest.RefuseLink(), rebillytest.StallFile(1000), rebillytest.FileStatus(http.StatusServiceUnavailable))
		arguments := values{"id": "x", "path": filepath.Join(t.TempDir(), "export.zip"), "wait_for_completion": true}
		progress, diagnostics := patient(t, bothHosts(api), nil).invoke(downloadType, arguments)
		mustSucceed(t, diagnostics)
		want := regexp.MustCompile(`^The status of export x is pending\.\nExport x is queued after \ds\.\n(?:Export x is .+ after .+\.\n)+` +
			`Retrying the download of export x: files\.example\.com sent nothing for 30s\.\n(?:Downloaded .+\n)*` +
			`Retrying the download of export x: files\.example\.com returned 503 Service Unavailable\.\n(?:Downloaded .+\n)*Saved export x `)
		if got := strings.Join(progress, "\n"); !want.MatchString(got) || len(api.FileRequests()) != 4 {
			t.Errorf("got %s\nafter %d requests for the file", got, len(api.FileRequests()))
		}
	})
}
