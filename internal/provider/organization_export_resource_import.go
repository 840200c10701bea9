package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// ImportState implements resource.ResourceWithImportState, by ID,
// ORGANIZATION/ID or identity.
func (r *organizationExportResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var identity organizationExportIdentityModel
	form := "Import by ID or ORGANIZATION_ID/ID."
	if req.ID != "" {
		organizationID, id, found := strings.Cut(req.ID, "/")
		if found && !strings.Contains(req.ID, "://") {
			identity.OrganizationID = types.StringValue(organizationID)
		} else {
			id = req.ID
		}
		identity.ID = types.StringValue(id)
	} else if !req.Identity.Raw.IsNull() {
		form = "In the identity, id is the export's ID alone. Its organization is organization_id."
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
	}
	if strings.HasPrefix(identity.OrganizationID.ValueString(), exportPrefix) && organizationPattern.MatchString(identity.ID.ValueString()) {
		resp.Diagnostics.Append(newError("Invalid Import ID", "The export and its organization are swapped.\n\n"+form))

		return
	}
	refuse := func(part string, err error) {
		if err != nil {
			resp.Diagnostics.Append(newError("Invalid Import ID", "The "+part+" to import is invalid: "+err.Error()+".\n\n"+form))
		}
	}
	refuse("id", validateExportID(identity.ID.ValueString()))
	if !identity.OrganizationID.IsNull() {
		refuse("organization_id", validateOrganizationID(identity.OrganizationID.ValueString()))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	model := newOrganizationExportModel(r.data.organizationFor(identity.OrganizationID), &rebilly.OrganizationExport{ID: identity.ID.ValueString()})
	resp.Diagnostics.Append(resp.State.Set(ctx, importedModel(model))...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, model)...)
}

// importedModel returns what is in state after an import of the export. The first
// configuration sets the arguments that are null.
func importedModel(export organizationExportModel) *organizationExportResourceModel {
	return &organizationExportResourceModel{
		organizationExportModel: export,
		Triggers:                types.MapNull(types.StringType),
		ReplaceOnStatus:         types.SetNull(types.StringType),
		WaitForCompletion:       types.BoolValue(true),
		Timeouts:                timeouts.Value{Object: types.ObjectNull(timeoutTypes)},
	}
}
