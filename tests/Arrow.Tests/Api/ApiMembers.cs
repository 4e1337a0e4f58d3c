using System.Reflection;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>The members of a type that code outside its assembly can see, each as one line.</summary>
public static class ApiMembers
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The members that the type itself declares.</summary>
    public static IEnumerable<string> Of(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(Declared).Where(field => field.IsLiteral)
                .Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), null)}");
        }

        return
        [
            .. type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(Line),
            .. type.GetConstructors(Declared).Where(IsSeen).Where(constructor => !constructor.IsStatic).Select(Line),
            .. type.GetProperties(Declared).Where(property => property.GetAccessors(true).Any(IsSeen)).Select(Line),
            .. type.GetEvents(Declared).Where(member => IsSeen(member.AddMethod!)).Select(Line),
            .. type.GetMethods(Declared).Where(IsSeen).Where(method => !IsAccessor(method)).Select(Line),
        ];
    }

    /// <summary>The abstract methods that a class outside must write, accessors included.</summary>
    public static IEnumerable<string> Duties(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(method => method.IsAbstract)
            .Select(method => IsSeen(method) ? $"{ApiNames.Of(method.ReturnType)} {Signature(method)}" : "one that is hidden");

    /// <summary>True when code outside the assembly, a deriving class included, can name it.</summary>
    public static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Line(FieldInfo field)
    {
        string kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? $" = {ApiNames.Value(field.GetRawConstantValue(), field.FieldType)}" : "";
        return $"{(field.IsPublic ? "" : "protected ")}{kind}{ApiNames.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string Line(ConstructorInfo constructor) =>
        $"{(constructor.IsPublic ? "" : "protected ")}new({ApiNames.Parameters(constructor.GetParameters())})";

    private static string Line(PropertyInfo property)
    {
        MethodInfo[] accessors = [.. property.GetAccessors(true).Where(IsSeen)];
        MethodInfo widest = accessors.MaxBy(accessor => accessor.IsPublic)!;
        ParameterInfo[] indices = property.GetIndexParameters();
        string name = indices.Length == 0 ? property.Name : $"this[{ApiNames.Parameters(indices)}]";
        IEnumerable<string> kinds = accessors
            .Select(accessor => (accessor.IsPublic == widest.IsPublic ? "" : "protected ") + AccessorKind(accessor) + ";")
            .Order(StringComparer.Ordinal);
        return $"{Modifiers(widest)}{Result(accessors, property)} {name} {{ {string.Join(' ', kinds)} }}";
    }

    private static string Line(EventInfo member) =>
        $"{Modifiers(member.AddMethod!)}event {ApiNames.Of(member.EventHandlerType!)} {member.Name}";

    private static string Line(MethodInfo method) =>
        $"{Modifiers(method)}{Reference(method.ReturnParameter)}{ApiNames.Of(method.ReturnType)} {Signature(method)}";

    private static string Result(MethodInfo[] accessors, PropertyInfo property) =>
        (accessors.FirstOrDefault(accessor => accessor.ReturnType.IsByRef) is MethodInfo getter ? Reference(getter.ReturnParameter) : "")
        + ApiNames.Of(property.PropertyType);

    private static string Reference(ParameterInfo result) => !result.ParameterType.IsByRef ? ""
        : result.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "InAttribute") ? "ref readonly "
        : "ref ";

    private static string AccessorKind(MethodInfo accessor) =>
        accessor.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit")
            ? "init"
            : accessor.Name[(accessor.Name.LastIndexOf('.') + 1)..][..3];

    private static string Signature(MethodInfo method)
    {
        Type[] parameters = method.GetGenericArguments();
        string generic = parameters.Length == 0 ? "" : $"<{string.Join(", ", parameters.Select(ApiNames.Of))}>";
        return $"{method.Name}{generic}({ApiNames.Parameters(method.GetParameters())}){ApiNames.Constraints(parameters)}";
    }

    private static string Modifiers(MethodInfo method)
    {
        bool isOverride = method.IsVirtual && !method.Attributes.HasFlag(MethodAttributes.NewSlot);
        bool isDuty = method.IsAbstract && method.DeclaringType!.IsInterface && !method.IsStatic;
        string kind = isDuty ? ""
            : isOverride ? (method.IsFinal ? "sealed override " : method.IsAbstract ? "abstract override " : "override ")
            : method.IsAbstract ? "abstract "
            : method.IsVirtual && !method.IsFinal ? "virtual "
            : "";
        return $"{(method.IsPublic ? "" : "protected ")}{(method.IsStatic ? "static " : "")}{kind}";
    }
}
