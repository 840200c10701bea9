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
	download := `download export "` + exportID + `" to "`
	const nothingWritten = "Nothing was written to the path."

	return []object{
		{
			name: requestAction, like: requestedResource, action: "request an export: ", creates: true, posts: true,
			run:    requesting(values{"wait_for_completion": false}),
			intact: mustHaveExportOrNothing,
		},
		{
			name: waitingAction, like: waitingResource, action: `wait for the requested export "`, aftermath: "was requested, and Rebilly continues with it", creates: true, waits: true, before: 1,
			run:    requesting(values{"timeouts": values{"invoke": faultWait.String()}}),
			intact: mustHaveProgress,
		},
		{
			name: exportToDownload, action: download, aftermath: nothingWritten, downloads: true, after: 2,
			run: downloading(exportID, nil), intact: mustKeepTheFile,
		},
		{
			name: waitingDownload, action: `download export "x" to "`, aftermath: nothingWritten, downloads: true, waits: true, before: 1,
			run:    downloading("x", values{"wait_for_completion": true, "timeouts": values{"invoke": faultWait.String()}}),
			intact: mustKeepTheFile,
		},
		{
			name: fileRecord, action: download, aftermath: nothingWritten, downloads: true, before: 1, after: 1,
			run: downloading(exportID, nil), intact: mustKeepTheFile,
		},
		{
			name: fileTransfer, action: download, aftermath: nothingWritten, downloads: true, before: 2,
			run: downloading(exportID, nil), intact: mustKeepTheFile,
		},
	}
}

// statusMessage is a progress message that has a status.
var statusMessage = regexp.MustCompile(`xport (\S+?)(?:; its status)? is (?:still )?(\w+)`)

// requestedInError has the ID of an export in the error of an action.
var requestedInError = regexp.MustCompile(`the requested export "(\S+)"`)

// requesting returns an operation that requests an export by an action. It
// returns the ID and the last status of the progress messages. After an
// interruption, which nothing but the error may follow, it returns what that says.
func requesting(arguments values) func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
		progress, diagnostics := p.invoke(requestType, arguments)
		said := map[string]tftypes.Value{}
		text := messages(diagnostics)
		if found := requestedInError.FindStringSubmatch(text); found != nil && strings.Contains(text, "Terraform was interrupted.") {
			said["id"], said["status"] = tftypes.NewValue(tftypes.String, found[1]), tftypes.NewValue(tftypes.String, "queued")
		}
		for _, message := range progress {
			if found := statusMessage.FindStringSubmatch(message); found != nil {
				said["id"], said["status"] = tftypes.NewValue(tftypes.String, found[1]), tftypes.NewValue(tftypes.String, found[2])
			}
		}

		return said, diagnostics
	}
}

// previousFile is the content of a file before a download.
const previousFile = "before"

// downloading returns an operation that downloads to a path that has a file
// already. It returns the content of every file in the folder.
func downloading(id string, arguments values) func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
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
	entries, err := os.ReadDir(folder)
	if err != nil {
		tb.Fatal(err)
	}
	files := map[string]tftypes.Value{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		files[entry.Name()] = tftypes.NewValue(tftypes.String, string(content))
	}

	return files
}

// mustKeepTheFile fails the test if a failed download changed the file at its
// path, or left another file.
func mustKeepTheFile(t *testing.T, outcome outcome, files map[string]tftypes.Value) {
	t.Helper()
	kept := len(files) == 1 && plain(t, files["export.zip"]) == previousFile
	if len(files) != 1 || kept != (outcome != accepted) {
		t.Errorf("the folder has %.200v", files)
	}
}

// querying lists exports, and returns their display names.
func querying(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	results, diagnostics := p.list(query{limit: 10, includeResource: true})
	names := map[string]tftypes.Value{}
	for _, result := range results {
		names[result.name] = tftypes.Value{}
	}

	return names, diagnostics
}
