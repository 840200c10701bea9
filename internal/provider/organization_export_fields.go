package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// field is an attribute that the API fills. The framework has attributes of
// other Go types for data sources, ephemeral resources and resources; a field
// is what they have in common.
type field struct {
	name        string
	description string
	kind        fieldKind
	sensitive   bool
	// fixed says that the value is there from the request on and never
	// changes.
	fixed bool
	// elements are the fields of the objects in a list.
	elements []field
}

type fieldKind int

const (
	stringField fieldKind = iota
	integerField
	timeField
	listField
)

const idDescription = "ID of the export: 1 to 50 letters, digits and `@ ~ - . _`."

// organizationExportFields are what all Terraform objects show of an export.
var organizationExportFields = []field{
	{name: "id", description: idDescription, fixed: true},
	{name: "user_id", description: "ID of the user who requested the export.", fixed: true},
	{name: "file_id", description: "ID of the file with the exported data. Null while there is none."},
	{
		name: "status",
		description: "Status of the request: `pending`, `queued`, `processing`, `completed`, `failed` or `expired`. " +
			"A status that Rebilly adds later is passed on as it is.",
	},
	{
		name: "resources", description: "What was exported, in Rebilly's order.", kind: listField,
		elements: []field{
			{
				name: "type",
				description: "Type of the exported resources: `customers`, `users`, `payment-instruments`, `invoices`, `orders`, " +
					"`transactions`, `disputes`, `gateway-accounts`, `blocklists`, `lists`, `webhooks`, `products`, `websites`, `plans`, " +
					"`credit-memos`, `files` or `email-notifications`. A type that Rebilly adds later is passed on as it is.",
			},
			{name: "record_count", description: "Number of exported records of this type.", kind: integerField},
		},
	},
	{name: "created_time", description: "When the export was requested, as an RFC 3339 time.", kind: timeField, fixed: true},
	{name: "updated_time", description: "When the request last changed, as an RFC 3339 time.", kind: timeField},
	{name: "retention_time", description: "When Rebilly removes the exported file, as an RFC 3339 time. Null while there is none.", kind: timeField},
}

// linkedExportFields are those and the links, which differ at every read.
var linkedExportFields = append(slices.Clip(organizationExportFields), field{
	name: "links", description: "Related links, in Rebilly's order.", kind: listField,
	elements: []field{
		{
			name:        "rel",
			description: "What the link leads to: `self` (the request), `user` (who requested it) or `signedLink` (the exported file, only once there is one).",
		},
		{
			name: "href", sensitive: true,
			description: "URL of the link. That of `signedLink` downloads all of the organization's data without any other credential, and is another one at every read.",
		},
	},
})

// stringType is the type of fields that are strings; nil is the framework's own.
func (f field) stringType() basetypes.StringTypable {
	if f.kind == timeField {
		return timestampType{}
	}

	return nil
}

// typesOf returns the types of the fields' values, by their names.
func typesOf(fields []field) map[string]attr.Type {
	kinds := make(map[string]attr.Type, len(fields))
	for _, f := range fields {
		switch f.kind {
		case listField:
			kinds[f.name] = types.ListType{ElemType: types.ObjectType{AttrTypes: typesOf(f.elements)}}
		case integerField:
			kinds[f.name] = types.Int64Type
		case timeField:
			kinds[f.name] = timestampType{}
		default:
			kinds[f.name] = types.StringType
		}
	}

	return kinds
}

// elementType returns the type of the objects in the list with the given name.
func elementType(fields []field, name string) types.ObjectType {
	at := slices.IndexFunc(fields, func(f field) bool { return f.name == name })

	return types.ObjectType{AttrTypes: typesOf(fields[at].elements)}
}

// attributeMaker makes attributes of one of the framework's schemas.
type attributeMaker[Attribute any] struct {
	text    func(field) Attribute
	integer func(field) Attribute
	list    func(field, map[string]Attribute) Attribute
}

// attributes returns fields as computed attributes.
func (m attributeMaker[Attribute]) attributes(fields []field) map[string]Attribute {
	attributes := make(map[string]Attribute, len(fields))
	for _, f := range fields {
		switch f.kind {
		case listField:
			attributes[f.name] = m.list(f, m.attributes(f.elements))
		case integerField:
			attributes[f.name] = m.integer(f)
		default:
			attributes[f.name] = m.text(f)
		}
	}

	return attributes
}

var dataSourceAttributes = attributeMaker[datasourceschema.Attribute]{
	text: func(f field) datasourceschema.Attribute {
		return datasourceschema.StringAttribute{Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType()}
	},
	integer: func(f field) datasourceschema.Attribute {
		return datasourceschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
	},
	list: func(f field, elements map[string]datasourceschema.Attribute) datasourceschema.Attribute {
		return datasourceschema.ListNestedAttribute{
			Computed: true, MarkdownDescription: f.description,
			NestedObject: datasourceschema.NestedAttributeObject{Attributes: elements},
		}
	},
}

var ephemeralAttributes = attributeMaker[ephemeralschema.Attribute]{
	text: func(f field) ephemeralschema.Attribute {
		return ephemeralschema.StringAttribute{Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType()}
	},
	integer: func(f field) ephemeralschema.Attribute {
		return ephemeralschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
	},
	list: func(f field, elements map[string]ephemeralschema.Attribute) ephemeralschema.Attribute {
		return ephemeralschema.ListNestedAttribute{
			Computed: true, MarkdownDescription: f.description,
			NestedObject: ephemeralschema.NestedAttributeObject{Attributes: elements},
		}
	},
}

var resourceAttributes = attributeMaker[resourceschema.Attribute]{
	text: func(f field) resourceschema.Attribute {
		return resourceschema.StringAttribute{
			Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType(), PlanModifiers: f.planModifiers(),
		}
	},
	integer: func(f field) resourceschema.Attribute {
		return resourceschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
	},
	list: func(f field, elements map[string]resourceschema.Attribute) resourceschema.Attribute {
		return resourceschema.ListNestedAttribute{
			Computed: true, MarkdownDescription: f.description,
			NestedObject: resourceschema.NestedAttributeObject{Attributes: elements},
		}
	},
}

// planModifiers keep a fixed value known when something else changes.
func (f field) planModifiers() []planmodifier.String {
	if !f.fixed {
		return nil
	}

	return []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
}
