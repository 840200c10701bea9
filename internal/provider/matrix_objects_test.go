package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// object is an operation of a resource, a data source, an ephemeral resource, a
// list resource, or an action. The resource that waits, for example:
//
//	name:   waitingResource,
//	kind:   awaiting,             // The exceptions of faults for this kind hold.
//	action: `wait for export "`,  // Its errors say "Could not wait for export".
//	waits:  true,                 // A poll that fails does not end it, and it takes up to faultWait.
//	before: 1,                    // The fault comes after the POST.
//	run:    applying(…),          // It creates the resource, and returns its state.
//	intact: mustHaveProgress,     // The new export is in state, even if the wait failed.
type object struct {
	name, kind, action string
	waits              bool
	// before is the number of requests before the fault.
	before int
	run    runner
	// intact fails the test if run returned what it must not return after a success
	// or a failure.
	intact func(t *testing.T, failed bool, attributes map[string]tftypes.Value)
}

// runner is a call of the provider. It returns the attributes in state, and the
// diagnostics.
type runner func(protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic)

// The kinds of objects that differ from a simple read.
const (
	listing     = "lists exports"
	requesting  = "requests an export, and the fault hits the POST"
	awaiting    = "requests an export, and the fault hits a poll"
	downloading = "downloads a file"
)

// The objects that faults name.
const (
	refreshedResource = "refresh"
	waitingResource   = "resource that waits"
	requestAction     = "request action"
	fileRecord        = "download, its file record"
	fileTransfer      = "download, its file"
)

// faultReads are the objects that read exports, and have no state.
func faultReads() []object {
	const read = `read export "` + exportID + `": `

	return []object{
		{name: "data source", action: read, run: with(protocol.readWith, values{"id": exportID}), intact: nothingBut("id")},
		{name: "list", kind: listing, action: "list exports: ", run: with(protocol.readList, values{}), intact: nothingBut()},
		{name: "ephemeral resource", action: read, run: with(protocol.openWith, values{"id": exportID}), intact: nothingBut("id")},
		{
			name: "data source that waits", action: `read export "x": `, waits: true, before: 1,
			run: with(protocol.readWith, waitForX(faultWait.String())), intact: nothingBut("id", "wait_for_completion", "timeouts"),
		},
		{
			name: "query", kind: listing, action: "list exports: ", run: querying,
			intact: func(t *testing.T, failed bool, results map[string]tftypes.Value) {
				t.Helper()
				if failed && len(results) > 0 {
					t.Errorf("the failed query returned %v", results)
				}
			},
		},
	}
}

// with returns an operation that calls a method with arguments.
func with(call func(protocol, values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic), arguments values) runner {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) { return call(p, arguments) }
}

func querying(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	results, diagnostics := p.list(query{limit: 10, includeResource: true})
	names := map[string]tftypes.Value{}
	for _, result := range results {
		names[result.name] = tftypes.Value{}
	}

	return names, diagnostics
}

// nothingBut returns a check that a failed read leaves no attributes but the
// given ones, which the configuration sets.
func nothingBut(arguments ...string) func(*testing.T, bool, map[string]tftypes.Value) {
	return func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
		t.Helper()
		for name, value := range attributes {
			if failed && !value.IsNull() && !slices.Contains(arguments, name) {
				t.Errorf("the failed read left %s in the state: %s", name, value)
			}
		}
		if !failed && len(attributes) == 0 {
			t.Error("there is no state")
		}
	}
}

// faultResources are the operations of the resource.
func faultResources() []object {
	doNotWait := values{"wait_for_completion": false}

	return []object{
		{
			name: "import", action: `read export "` + exportID + `": `, intact: mustHaveExportIfSuccessful,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				export := p.manage()
				if diagnostics := export.importBy(exportID, nil); hasError(diagnostics) {
					return nil, diagnostics
				}

				return export.current(), nil
			},
		},
		{
			name: refreshedResource, action: `read export "` + exportID + `": `, before: 1,
			run: func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
				export := p.manage()
				mustSucceed(p.t, export.importBy(exportID, nil))
				diagnostics := export.refresh()

				return export.current(), diagnostics
			},
			intact: func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
				t.Helper()
				mustHaveExport(t, attributes, rebilly.StatusCompleted)
				if got := plain(t, attributes["user_id"]); failed && got == nil {
					t.Error("user_id is null after the failure")
				}
			},
		},
		{
			name: "request", kind: requesting, action: "request an export: ",
			run: applying(doNotWait), intact: mustHaveExportIfSuccessful,
		},
		{
			name: waitingResource, kind: awaiting, action: `wait for export "`, waits: true, before: 1,
			run: applying(values{"timeouts": values{"create": faultWait.String()}}), intact: mustHaveProgress,
		},
		{
			name: "update", action: `update export "`, before: 1,
			run: applying(doNotWait, values{"wait_for_completion": false, "organization_id": rebillytest.DefaultOrganization}),
			intact: func(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
				t.Helper()
				mustHaveExport(t, attributes, rebilly.StatusQueued)
				if got := attributes["organization_id"]; got.IsNull() != failed {
					t.Errorf("organization_id is %s, and the update failed: %t", got, failed)
				}
			},
		},
		{
			name: "update that waits", action: `wait for export "`, waits: true, before: 2,
			run: applying(doNotWait, values{"timeouts": values{"update": faultWait.String()}}), intact: mustHaveProgress,
		},
	}
}

// applying returns an operation that applies arguments one after the other. Only
// the last one may have diagnostics.
func applying(arguments ...values) runner {
	return func(p protocol) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
		export := p.manage()
		var diagnostics []*tfprotov6.Diagnostic
		for _, next := range arguments {
			mustSucceed(p.t, diagnostics)
			diagnostics = export.apply(next)
		}

		return export.current(), diagnostics
	}
}

// mustHaveExport fails the test unless there is an export with the given status.
// An empty status stands for any.
func mustHaveExport(t *testing.T, attributes map[string]tftypes.Value, status string) {
	t.Helper()
	state := plainAll(t, attributes)
	if id, _ := state["id"].(string); rebilly.ValidateID(id) != nil {
		t.Errorf("the ID in state is %v", state["id"])
	}
	if status != "" && state["status"] != status {
		t.Errorf("the status in state is %v, want %s", state["status"], status)
	}
}

// mustHaveExportIfSuccessful fails the test if a failure left an export, or a
// success did not.
func mustHaveExportIfSuccessful(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
	t.Helper()
	if !failed {
		mustHaveExport(t, attributes, "")
	} else if len(attributes) > 0 {
		t.Errorf("the failure left %v", attributes)
	}
}

// mustHaveProgress fails the test unless the status is the last one that was
// read.
func mustHaveProgress(t *testing.T, failed bool, attributes map[string]tftypes.Value) {
	t.Helper()
	mustHaveExport(t, attributes, map[bool]string{true: rebilly.StatusQueued, false: rebilly.StatusCompleted}[failed])
}
