using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class Field
{
    /// <summary>Collects what a field needs; it is nullable, and of nulls only, unless told otherwise.</summary>
    public class Builder
    {
        private Dictionary<string, string>? _metadata;
        private string? _name;
        private bool _nullable = true;
        private IArrowType _type = NullType.Default;

        /// <summary>Sets the name.</summary>
        public Builder Name(string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            _name = value;
            return this;
        }

        /// <summary>Sets the type; null stands for the type of nulls only.</summary>
        public Builder DataType(IArrowType? type)
        {
            _type = type ?? NullType.Default;
            return this;
        }

        /// <summary>Says whether values may be null.</summary>
        public Builder Nullable(bool value)
        {
            _nullable = value;
            return this;
        }

        /// <summary>Sets a note.</summary>
        public Builder Metadata(string key, string value)
        {
            RequireKey(key);
            (_metadata ??= [])[key] = value;
            return this;
        }

        /// <summary>Sets notes.</summary>
        public Builder Metadata(IEnumerable<KeyValuePair<string, string>> dictionary)
        {
            ArgumentNullException.ThrowIfNull(dictionary);
            foreach ((string key, string value) in dictionary)
            {
                Metadata(key, value);
            }

            return this;
        }

        /// <summary>Makes the field, which needs a name.</summary>
        public Field Build() => new(_name!, _type, _nullable, _metadata);

        /// <summary>Refuses a note whose key is missing or blank.</summary>
        internal static void RequireKey(string key)
        {
            if (string.IsNullOrWhiteSpace(key))
            {
                throw new ArgumentNullException(nameof(key), "A note needs a key.");
            }
        }
    }
}
