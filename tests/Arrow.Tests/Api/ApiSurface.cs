using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>What code outside an assembly can see of it: every type and member in canonical lines, in ordinal order.</summary>
/// <remarks>
/// Two assemblies with equal lines take the same source code. Left out are annotations of nullable references and
/// attributes. A base class that nobody outside sees is passed over: its members count as those of the class below.
/// </remarks>
public static class ApiSurface
{
    /// <summary>The surface of a loaded assembly.</summary>
    public static IReadOnlyList<ApiType> Of(Assembly assembly) =>
        [.. assembly.GetTypes().Where(IsSeen).Select(Describe).OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>The surface of an assembly in a file and of its siblings, <c>Name.*.dll</c> beside it; so are its references.</summary>
    public static IReadOnlyList<ApiType> OfFile(string path)
    {
        var context = new AssemblyLoadContext(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        context.Resolving += (_, name) =>
            Path.Combine(folder, name.Name + ".dll") is string file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
        string[] siblings = Directory.GetFiles(folder, Path.GetFileNameWithoutExtension(path) + ".*.dll");
        IEnumerable<Assembly> assemblies = siblings.Prepend(Path.GetFullPath(path)).Select(context.LoadFromAssemblyPath);
        return [.. assemblies.SelectMany(Of)];
    }

    private static ApiType Describe(Type type)
    {
        Type? parent = SeenBase(type);
        Type[] interfaces = type.IsEnum ? [] : [.. type.GetInterfaces().Where(IsSeen)];
        bool isPlain = parent is null || !type.IsClass || IsDelegate(type) || parent.FullName == "System.Object";
        return new ApiType(
            type.Namespace ?? "",
            ApiNames.Nested(type),
            $"{Kind(type)} {Definition(type)}",
            ApiNames.Constraints(OwnParameters(type)),
            type.IsEnum ? ApiNames.Of(Enum.GetUnderlyingType(type)) : isPlain ? "" : ApiNames.Of(parent!),
            Sorted(interfaces.Select(ApiNames.Of)),
            Sorted(interfaces.Where(one => !IsImplied(one, interfaces, parent)).Select(ApiNames.Of)),
            Sorted(OwnMembers(type)),
            Sorted(Parents(type).SelectMany(ApiMembers.Of).Where(line => !line.Contains("new(", StringComparison.Ordinal))),
            Sorted(CanBeExtended(type) ? type.GetInterfaces().Where(_ => type.IsInterface).Append(type).SelectMany(ApiMembers.Duties) : []));
    }

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.Distinct().Order(StringComparer.Ordinal)];

    private static bool IsSeen(Type type)
    {
        Type plain = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return plain.IsNested
            ? (plain.IsNestedPublic || plain.IsNestedFamily || plain.IsNestedFamORAssem) && IsSeen(plain.DeclaringType!)
            : plain.IsPublic;
    }

    private static bool CanBeExtended(Type type) =>
        type.IsInterface
        || (type.IsClass && !type.IsSealed && type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).Any(ApiMembers.IsSeen));

    private static bool IsImplied(Type one, Type[] interfaces, Type? parent) =>
        interfaces.Any(other => other != one && other.GetInterfaces().Contains(one))
        || (parent is not null && parent.GetInterfaces().Contains(one));

    private static Type? SeenBase(Type type)
    {
        Type? parent = type.BaseType;
        while (parent is not null && !IsSeen(parent))
        {
            parent = parent.BaseType;
        }

        return parent;
    }

    private static IEnumerable<Type> Parents(Type type)
    {
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType)
        {
            yield return parent;
        }
    }

    private static IEnumerable<string> OwnMembers(Type type)
    {
        IEnumerable<string> hidden = type.IsClass
            ? Parents(type).TakeWhile(parent => !IsSeen(parent)).SelectMany(ApiMembers.Of)
            : [];
        return ApiMembers.Of(type).Concat(hidden.Where(line => !line.Contains("new(", StringComparison.Ordinal)));
    }

    private static Type[] OwnParameters(Type type) =>
        type.GetGenericArguments()[(type.DeclaringType?.GetGenericArguments().Length ?? 0)..];

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsValueType ? StructKind(type)
        : IsDelegate(type) ? "delegate"
        : type.IsAbstract && type.IsSealed ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static string StructKind(Type type) =>
        (type.CustomAttributes.Any(found => found.AttributeType.FullName == typeof(IsReadOnlyAttribute).FullName) ? "readonly " : "")
        + (type.IsByRefLike ? "ref " : "") + "struct";

    private static string Definition(Type type)
    {
        string name = ApiNames.Nested(type);
        foreach (Type parameter in type.IsInterface ? OwnParameters(type) : [])
        {
            string variance = (parameter.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
            {
                GenericParameterAttributes.Covariant => "out ",
                GenericParameterAttributes.Contravariant => "in ",
                _ => "",
            };
            name = Regex.Replace(name, $@"\b{parameter.Name}(?=[,>])", variance + parameter.Name);
        }

        return name;
    }
}
