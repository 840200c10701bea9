package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*organizationExportEphemeralResource)(nil)

// organizationExportEphemeralResource is the ephemeral resource
// rebilly_organization_export.
type organizationExportEphemeralResource struct {
	*connection
}

func newOrganizationExportEphemeralResource() ephemeral.EphemeralResource {
	return &organizationExportEphemeralResource{}
}

// Metadata implements ephemeral.EphemeralResource.
func (e *organizationExportEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
}

// Schema implements ephemeral.EphemeralResource.
func (e *organizationExportEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := ephemeralAttributes.attributes(linkedExportFields)
	attributes["id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: idDescription,
		Validators:          []validator.String{checked("the id of an export", rebilly.ValidateID)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one request for an export of all data of an organization (`GET /organization-exports/{id}`) " +
			"without writing anything of it, its signed link least of all, to the state or to a plan.",
		Attributes: attributes,
	}
}

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (e *organizationExportEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.connection = connectionOf(req.ProviderData)
}

// Open implements ephemeral.EphemeralResource. It calls the API operation
// GetOrganizationExport.
func (e *organizationExportEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var id types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, stop := e.untilInterrupted(ctx)
	defer stop()
	export, err := e.client.GetOrganizationExport(ctx, id.ValueString())
	if err != nil {
		resp.Diagnostics.Append(e.readFailure(id.ValueString(), err))

		return
	}
	resp.Diagnostics.Append(linkedExportValues(export).setIn(ctx, &resp.Result)...)
}
