package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

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
	attributes := organizationExportAttributes()
	attributes["id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "ID of the export: 1 to 50 letters, digits and `@ ~ - . _`.",
		Validators:          []validator.String{checked("the id of an export", rebilly.ValidateID)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one request for an export of all data of an organization (`GET /organization-exports/{id}`).",
		Attributes:          attributes,
	}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *organizationExportDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	// Terraform validates data sources before it configures the provider.
	if connected, ok := req.ProviderData.(*connection); ok {
		d.connection = connected
	}
}

// Read implements datasource.DataSource. It calls the API operation
// GetOrganizationExport.
func (d *organizationExportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var configured organizationExportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &configured)...)
	if resp.Diagnostics.HasError() {
		return
	}

	id := configured.ID.ValueString()
	export, err := d.client.GetOrganizationExport(ctx, id)
	if err != nil {
		resp.Diagnostics.Append(d.readFailure(id, err))

		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, newOrganizationExportModel(export))...)
}
