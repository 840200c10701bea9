package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// identityType is the type of the resource's identity.
var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}

// The CLIs that the other tests run with need not know identities; this is
// what one that does sends.
func TestAnExportIsImportedByItsIdentityAndKeepsIt(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	value, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, exportID),
	}))
	if err != nil {
		t.Fatal(err)
	}
	identity := &tfprotov6.ResourceIdentityData{IdentityData: &value}
	imported, err := terraform.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: objectType, Identity: identity})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, imported.Diagnostics)

	read, err := terraform.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName:        objectType,
		CurrentState:    imported.ImportedResources[0].State,
		CurrentIdentity: imported.ImportedResources[0].Identity,
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, read.Diagnostics)
	attributes := terraform.attributes(terraform.schema.ResourceSchemas[objectType], read.NewState)
	for name, want := range map[string]any{"id": exportID, "status": "completed", "file_id": "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"} {
		if got := plain(t, attributes[name]); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	kept, err := read.NewIdentity.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(any(map[string]any{"id": exportID}), plain(t, kept)); difference != "" {
		t.Errorf("the identity differs (-want +got):\n%s", difference)
	}
}

func TestAnExportThatWasRequestedAndCannotBeReadIsInTheState(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.CutBodyAfterActing(api))
	api.FailAlways(rebillytest.Problem(http.StatusForbidden, "Forbidden", "This key may not read."))
	terraform := configured(t, api, nil)
	attributes, diagnostics := terraform.create(values{"include_files": true})
	mustFail(t, diagnostics, "", "Organization Export Requested but Not Read", "This key may not read.", "permission to read the exports",
		"the state has it, marked as tainted", "terraform untaint")
	id, _ := plain(t, attributes["id"]).(string)
	if !strings.HasPrefix(id, "org_exp_") || plain(t, attributes["include_files"]) != true || !attributes["status"].IsNull() {
		t.Errorf("the state is %v", attributes)
	}

	// The state is whole: the export in it can be read.
	api.FailAlways(rebillytest.Problem(http.StatusNotFound, "Not Found", ""))
	if attributes, diagnostics := terraform.refresh(values{"id": id}); len(diagnostics) > 0 || len(attributes) > 0 {
		t.Errorf("an export that is gone stays: %v, %s", attributes, messages(diagnostics))
	}
}

func TestAResourceHasNoLinks(t *testing.T) {
	t.Parallel()
	for _, attribute := range speak(t, in(rebillytest.NewFor(t), nil)).schema.ResourceSchemas[objectType].Block.Attributes {
		if attribute.Name == "links" || attribute.Sensitive {
			t.Errorf("it has the attribute %s", attribute.Name)
		}
	}
}
