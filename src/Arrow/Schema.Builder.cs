namespace Apache.Arrow;

public partial class Schema
{
    /// <summary>Collects fields and notes.</summary>
    public class Builder
    {
        private readonly List<Field> _fields = [];
        private Dictionary<string, string>? _metadata;

        /// <summary>Forgets everything.</summary>
        public Builder Clear()
        {
            _fields.Clear();
            _metadata = null;
            return this;
        }

        /// <summary>Adds a field, unless it is null.</summary>
        public Builder Field(Field? field)
        {
            if (field is not null)
            {
                _fields.Add(field);
            }

            return this;
        }

        /// <summary>Adds a field that is described in place, unless nothing describes it.</summary>
        public Builder Field(Action<Field.Builder>? fieldBuilderAction)
        {
            if (fieldBuilderAction is null)
            {
                return this;
            }

            var field = new Field.Builder();
            fieldBuilderAction(field);
            return Field(field.Build());
        }

        /// <summary>Sets a note.</summary>
        public Builder Metadata(string key, string value)
        {
            Arrow.Field.Builder.RequireKey(key);
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

        /// <summary>Makes the schema.</summary>
        public Schema Build() => new(_fields, _metadata);
    }
}
