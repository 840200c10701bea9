package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var _ datasource.DataSourceWithConfigure = (*organizationExportDataSource)(nil)

// organizationExportDataSource is the data source rebilly_organization_export.
type organizationExportDataSource struct {
	*connection
}

func newOrganizationExportDataSource() datasource.DataSource {
	return &organizationExportDataSource{}
}

// Metadata implements datasource.DataSource.
func (d *organizationExportDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
}

// Schema implements datasource.DataSource.
func (d *organizationExportDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := dataSourceAttributes.attributes(linkedExportFields)
	attributes["id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: idDescription,
		Validators:          []validator.String{checked("the id of an export", rebilly.ValidateID)},
	}
	attributes["wait_for_completion"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether reading waits until the export is `completed`, and fails where it is `failed` or `expired`. Defaults to `false`. " +
			"Terraform reads data sources while it plans, and so waits then.",
	}
	attributes["timeouts"] = dataSourceTimeouts()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one request for an export of all data of an organization (`GET /organization-exports/{id}`), and waits for its completion if asked to.",
		Attributes:          attributes,
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *organizationExportDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.connection = connectionOf(req.ProviderData)
}

// Read implements datasource.DataSource. It calls the API operation
// GetOrganizationExport, once or until the export is completed.
func (d *organizationExportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var (
		id     types.String
		wait   types.Bool
		limits timeouts.Value
	)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("wait_for_completion"), &wait)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limits)...)
	timeout, diagnostics := limits.Read(ctx, defaultWait)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}

	ctx, stop := d.untilInterrupted(ctx)
	defer stop()
	export, err := d.client.GetOrganizationExport(ctx, id.ValueString())
	if err == nil && wait.ValueBool() {
		export, err = d.client.WaitForOrganizationExport(ctx, export, timeout)
	}
	if err != nil {
		resp.Diagnostics.Append(d.readFailure(id.ValueString(), err))

		return
	}
	state := linkedExportValues(export)
	state["wait_for_completion"], state["timeouts"] = wait, limits
	resp.Diagnostics.Append(state.setIn(ctx, &resp.State)...)
}
