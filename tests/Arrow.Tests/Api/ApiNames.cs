using System.Globalization;
using System.Reflection;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>How types and values are written in a listing: as in C#, and the same for two assemblies with equal types.</summary>
/// <remarks>Namespaces are left out where the project's implicit usings bring them, and below Apache.Arrow its own name.</remarks>
public static class ApiNames
{
    private const string Root = "Apache.Arrow";

    private static readonly Dictionary<string, string> Keywords = new()
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.Char"] = "char",
        ["System.Decimal"] = "decimal",
        ["System.Double"] = "double",
        ["System.Int16"] = "short",
        ["System.Int32"] = "int",
        ["System.Int64"] = "long",
        ["System.Object"] = "object",
        ["System.SByte"] = "sbyte",
        ["System.Single"] = "float",
        ["System.String"] = "string",
        ["System.UInt16"] = "ushort",
        ["System.UInt32"] = "uint",
        ["System.UInt64"] = "ulong",
        ["System.Void"] = "void",
    };

    private static readonly string[] Usual =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks"];

    /// <summary>A type as it is written where it is used.</summary>
    public static string Of(Type type)
    {
        if (type.HasElementType)
        {
            string element = Of(type.GetElementType()!);
            return type.IsByRef ? element
                : type.IsPointer ? element + "*"
                : $"{element}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Nullable<>))
        {
            return Of(type.GetGenericArguments()[0]) + "?";
        }

        return Keywords.TryGetValue(type.FullName ?? "", out string? keyword) ? keyword : Prefix(type) + Nested(type);
    }

    /// <summary>A type with its outer types and type arguments, without namespace.</summary>
    public static string Nested(Type type)
    {
        Type[] arguments = type.GetGenericArguments();
        int taken = 0;
        var parts = new List<string>();
        foreach (Type level in Levels(type))
        {
            int arity = level.GetGenericArguments().Length;
            string name = level.Name.Split('`')[0];
            parts.Add(arity == taken ? name : $"{name}<{string.Join(", ", arguments[taken..arity].Select(Of))}>");
            taken = arity;
        }

        return string.Join('.', parts);
    }

    /// <summary>What constrains the type parameters, beginning with a space, or "".</summary>
    public static string Constraints(Type[] parameters) => string.Concat(
        parameters.Where(parameter => parameter.IsGenericParameter)
            .Select(parameter => (parameter.Name, Terms: ConstraintTerms(parameter).ToArray()))
            .Where(constraint => constraint.Terms.Length > 0)
            .Select(constraint => $" where {constraint.Name} : {string.Join(", ", constraint.Terms)}"));

    /// <summary>The parameters of a method, without brackets.</summary>
    public static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(Parameter));

    /// <summary>A constant of a type.</summary>
    public static string Value(object? value, Type type)
    {
        if (value is null)
        {
            return type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null";
        }

        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsEnum ? $"{Of(plain)}.{Enum.GetName(plain, value) ?? Convert.ToString(value, CultureInfo.InvariantCulture)}"
            : value is string text ? $"\"{text}\""
            : value is bool truth ? (truth ? "true" : "false")
            : Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }

    private static string Prefix(Type type)
    {
        string name = type.Namespace ?? "";
        return name == Root ? ""
            : name.StartsWith(Root + ".", StringComparison.Ordinal) ? name[(Root.Length + 1)..] + "."
            : Usual.Contains(name) && type.FullName != "System.Array" ? ""
            : name + ".";
    }

    private static IEnumerable<Type> Levels(Type type) =>
        type.DeclaringType is Type outer && !type.IsGenericParameter ? Levels(outer).Append(type) : [type];

    private static string Parameter(ParameterInfo parameter)
    {
        string extension = parameter.Position == 0 && Has(parameter.Member, "System.Runtime.CompilerServices.ExtensionAttribute") ? "this " : "";
        string kind = !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out "
            : parameter.IsIn ? "in "
            : "ref ";
        string many = Has(parameter, "System.ParamArrayAttribute") ? "params " : "";
        string value = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return $"{extension}{many}{kind}{Of(parameter.ParameterType)} {parameter.Name}{value}";
    }

    private static bool Has(object member, string attribute) =>
        (member is ParameterInfo parameter ? parameter.CustomAttributes : ((MemberInfo)member).CustomAttributes)
            .Any(found => found.AttributeType.FullName == attribute);

    private static IEnumerable<string> ConstraintTerms(Type parameter)
    {
        GenericParameterAttributes attributes = parameter.GenericParameterAttributes;
        bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        bool isUnmanaged = parameter.CustomAttributes.Any(found => found.AttributeType.Name == "IsUnmanagedAttribute");
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            yield return "class";
        }

        if (isStruct)
        {
            yield return isUnmanaged ? "unmanaged" : "struct";
        }

        foreach (string name in parameter.GetGenericParameterConstraints()
            .Where(type => type.FullName != "System.ValueType").Select(Of).Order(StringComparer.Ordinal))
        {
            yield return name;
        }

        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
        {
            yield return "new()";
        }

        if (attributes.HasFlag(GenericParameterAttributes.AllowByRefLike))
        {
            yield return "allows ref struct";
        }
    }
}
