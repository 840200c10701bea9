package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// faultActions are the actions. Instead of attributes in state, they have what
// their progress messages say, or the files in the folder of a download.
func faultActions() []object {
	const download = `download export "` + exportID + `" to "`
	wait := values{"wait_for_completion": true, "timeouts": values{"invoke": faultWait.String()}}

	return []object{
		{
			name: requestAction, kind: requesting, action: "request an export: ",
			run: invoking(values{"wait_for_completion": false}), intact: mustHaveExportIfSuccessful,
		},
		{
			name: "request action that waits", kind: awaiting, action: `wait for the requested export "`, waits: true, before: 1,
			run: invoking(wait), intact: mustHaveProgress,
		},
		{name: "download, its export", kind: downloading, action: download, run: downloadingTo(exportID, nil), intact: mustKeepTheFile},
		{name: fileRecord, kind: downloading, action: download, before: 1, run: downloadingTo(exportID, nil), intact: mustKeepTheFile},
		{name: fileTransfer, kind: downloading, action: download, before: 2, run: downloadingTo(exportID, nil), intact: mustKeepTheFile},
		{
			name: "download that waits", kind: downloading, action: `download export "x" to "`, waits: true, before: 1,
			run: downloadingTo("x", wait), intact: mustKeepTheFile,
		},
	}
}

// statusMessage is a progress message that has a status.
var statusMessage = regexp.MustCompile(`xport (\S+?)(?:; its status)? is (?:still )?(\w+)`)

// requestedInError has the ID of an export in the error of an action.
var requestedInError = regexp.MustCompile(`the requested export "(\S+)"`)

// invoking returns an operation that requests an export by an action. It
// returns the ID and the last status of the progress messages. After an
// interruption, which nothing but the error may follow, it returns what that says.
func invoking(arguments values) runner {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
		progress, diagnostics := p.invoke(requestType, arguments)
		said := map[string]tftypes.Value{}
		say := func(id, status string) {
			said["id"], said["status"] = tftypes.NewValue(tftypes.String, id), tftypes.NewValue(tftypes.String, status)
		}
		text := messages(diagnostics)
		if found := requestedInError.FindStringSubmatch(text); found != nil && strings.Contains(text, "Terraform was interrupted.") {
			say(found[1], "queued")
		}
		for _, message := range progress {
			if found := statusMessage.FindStringSubmatch(message); found != nil {
				say(found[1], found[2])
			}
		}

		return said, diagnostics
	}
}

// previousFile is the content of a file before a download.
const previousFile = "before"

// downloadingTo returns an operation that downloads to a path that has a file
// already. It returns the content of every file in the folder.
func downloadingTo(id string, arguments values) runner {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
		folder := p.t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "export.zip"), []byte(previousFile), 0o600); err != nil {
			p.t.Fatal(err)
		}
		diagnostics := download(p, folder, id, arguments)

		return filesIn(p.t, folder), diagnostics
	}
}

// filesIn returns the content of every file in a folder.
func filesIn(tb testing.TB, folder string) map[string]tftypes.Value {
	tb.Helper()
	files := map[string]tftypes.Value{}
	for _, entry := range must(os.ReadDir(folder)) {
		content := must(os.ReadFile(filepath.Join(folder, entry.Name())))
		files[entry.Name()] = tftypes.NewValue(tftypes.String, string(content))
	}

	return files
}

// mustKeepTheFile fails the test if a failed download changed the file at its
// path, or left another file.
func mustKeepTheFile(t *testing.T, failed bool, files map[string]tftypes.Value) {
	t.Helper()
	if len(files) != 1 || (plain(t, files["export.zip"]) == previousFile) != failed {
		t.Errorf("the folder has %.200v", files)
	}
}
