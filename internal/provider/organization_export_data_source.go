package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*organizationExportDataSource)(nil)

// organizationExportDataSource is the data source rebilly_organization_export.
type organizationExportDataSource struct {
	data *providerData
}

type organizationExportDataSourceModel struct {
	organizationExportModel

	Links             types.List     `tfsdk:"links"`
	IncludeLinks      types.Bool     `tfsdk:"include_links"`
	IncludeFile       types.Bool     `tfsdk:"include_file"`
	File              types.Object   `tfsdk:"file"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

func newOrganizationExportDataSource() datasource.DataSource {
	return &organizationExportDataSource{}
}

func (d *organizationExportDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
}

func (d *organizationExportDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one organization data export (`GET /organization-exports/{id}`), and optionally waits for its completion.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{Required: true, MarkdownDescription: idDescription, Validators: []validator.String{validExportID}},
			"organization_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: organizationIDDescription,
				Validators:          []validator.String{validOrgID},
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to wait until the export is `completed`, and to fail if it is `failed` or `expired`. " +
					"Terraform reads data sources during the plan, and so waits during the plan. Defaults to `false`.",
			},
			"include_links": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read `links`. With `false`, `links` is null and the signed link is not stored in state. Defaults to `true`.",
			},
			"include_file":   schema.BoolAttribute{Optional: true, MarkdownDescription: includeFileDescription},
			"user_id":        schema.StringAttribute{Computed: true, MarkdownDescription: userIDDescription},
			"file_id":        schema.StringAttribute{Computed: true, MarkdownDescription: fileIDDescription},
			"status":         schema.StringAttribute{Computed: true, MarkdownDescription: statusDescription},
			"created_time":   schema.StringAttribute{Computed: true, MarkdownDescription: createdTimeDescription},
			"updated_time":   schema.StringAttribute{Computed: true, MarkdownDescription: updatedTimeDescription},
			"retention_time": schema.StringAttribute{Computed: true, MarkdownDescription: retentionTimeDescription},
			"resources": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: resourcesDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"type":         schema.StringAttribute{Computed: true, MarkdownDescription: typeDescription},
					"record_count": schema.Int64Attribute{Computed: true, MarkdownDescription: recordCountDescription},
				}},
			},
			"file": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: fileDescription,
				Attributes: map[string]schema.Attribute{
					"size": schema.Int64Attribute{Computed: true, MarkdownDescription: sizeDescription},
					"sha1": schema.StringAttribute{Computed: true, MarkdownDescription: sha1Description},
				},
			},
			"record_counts": schema.MapAttribute{ElementType: types.Int64Type, Computed: true, MarkdownDescription: recordCountsDescription},
			"links": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: linksDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"rel":  schema.StringAttribute{Computed: true, MarkdownDescription: relDescription},
					"href": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: hrefDescription},
				}},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": schema.SingleNestedBlock{
				CustomType: timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"read": types.StringType}}},
				Attributes: map[string]schema.Attribute{
					"read": schema.StringAttribute{Optional: true, MarkdownDescription: timeoutDescription, Validators: []validator.String{validDuration}},
				},
			},
		},
	}
}

func (d *organizationExportDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Read implements datasource.DataSource. It calls the API operation
// GetOrganizationExport, once or until the export is completed, and GetFile if the
// file's record is included.
func (d *organizationExportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config organizationExportDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := config.Timeouts.Read(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	id, organizationID := config.ID.ValueString(), d.data.organizationFor(config.OrganizationID)
	if resp.Diagnostics.Append(d.data.ready(organizationID)...); resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := d.data.withTimeout(ctx, timeout)
	defer cancel()
	export, err := d.data.client.GetOrganizationExport(ctx, organizationID.ValueString(), id)
	if err == nil && config.WaitForCompletion.ValueBool() {
		export, err = d.data.client.WaitForOrganizationExport(ctx, organizationID.ValueString(), export, nil)
	}
	if err != nil {
		resp.Diagnostics.Append(d.data.readError(id, organizationID, []string{"read"}, err))

		return
	}

	file, diags := d.data.readFile(ctx, config.IncludeFile, organizationID, export)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}

	state := config
	state.File = file
	state.organizationExportModel = newOrganizationExportModel(organizationID, export)
	state.Links = types.ListNull(linkType)
	if config.IncludeLinks.IsNull() || config.IncludeLinks.ValueBool() {
		links, err := d.data.client.ValidLinks(export)
		if err != nil {
			resp.Diagnostics.Append(d.data.linkError(id, organizationID, "With include_links = false, the links are not read.", err))

			return
		}
		state.Links = linksValue(links)
	}
	object, diags := state.object(ctx)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.State.Set(ctx, object)...)
}

// object returns the model as an object. State.Set takes the model, too, but reflects
// on it for a quarter of the time of a read.
func (m organizationExportDataSourceModel) object(ctx context.Context) (types.Object, diag.Diagnostics) {
	values := map[string]attr.Value{
		"id":                  m.ID,
		"organization_id":     m.OrganizationID,
		"user_id":             m.UserID,
		"file_id":             m.FileID,
		"status":              m.Status,
		"resources":           m.Resources,
		"record_counts":       m.RecordCounts,
		"created_time":        m.CreatedTime,
		"updated_time":        m.UpdatedTime,
		"retention_time":      m.RetentionTime,
		"links":               m.Links,
		"include_links":       m.IncludeLinks,
		"include_file":        m.IncludeFile,
		"file":                m.File,
		"wait_for_completion": m.WaitForCompletion,
		"timeouts":            m.Timeouts,
	}
	attributeTypes := make(map[string]attr.Type, len(values))
	for name, value := range values {
		attributeTypes[name] = value.Type(ctx)
	}

	return types.ObjectValue(attributeTypes, values)
}
